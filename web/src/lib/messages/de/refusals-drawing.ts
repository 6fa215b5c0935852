import type { WorkflowProblemCode, WorkflowProblemReason } from '@aiwfe/api-client';

/** Of a missing setting the editor speaks itself, in both languages; for a reason without a name the server does. */
type Reason = Exclude<WorkflowProblemReason, 'missing' | 'other'>;

/**
 * What keeps a drawing from running: each code, then its reasons. A reason says the same under every code; where one has
 * no sentence here, the sentence of its code goes before the server's. Comes with the editor.
 */
export const drawingRefusals = {
  'refusal.drawing.config_invalid': 'Die Einstellung „{field}“ ist ungültig.',
  'refusal.drawing.cycle_without_exit':
    'Diese Schritte laufen im Kreis, ohne Weg hinaus: {steps}. Lassen Sie eine Bedingung hinausführen.',
  'refusal.drawing.duplicate_step': 'Zwei Schritte haben die Id „{step}“. Benennen Sie einen um.',
  'refusal.drawing.edge_from_nothing': 'Eine Verbindung beginnt bei „{step}“; diesen Schritt gibt es nicht.',
  'refusal.drawing.edge_to_nothing': 'Eine Verbindung führt zu „{step}“; diesen Schritt gibt es nicht.',
  'refusal.drawing.edge_to_start': 'Keine Verbindung darf zurück zum Start führen.',
  'refusal.drawing.expression_invalid': 'Der Ausdruck ist ungültig.',
  'refusal.drawing.fork_without_parallel':
    'Mehr als eine Verbindung geht bei „{port}“ ab. Setzen Sie parallele Zweige dazwischen.',
  'refusal.drawing.input_schema_invalid': 'Das Schema der Eingabe ist ungültig.',
  'refusal.drawing.missing_value': 'Ein Wert fehlt.',
  'refusal.drawing.no_start': 'Der Workflow hat keinen Start. Fügen Sie einen hinzu.',
  'refusal.drawing.second_start': 'Ein Workflow beginnt an einer Stelle: Entfernen Sie diesen Start.',
  'refusal.drawing.template_malformed':
    '{template} ist kein Name: Schreiben Sie einen Pfad wie {{input.title}}.',
  'refusal.drawing.unknown_port': 'Der Schritt hat keinen Ausgang „{port}“.',
  'refusal.drawing.unknown_step_type': 'Schritte der Art „{type}“ gibt es nicht.',
  'refusal.drawing.unreachable': 'Keine Verbindung führt vom Start zu diesem Schritt.',

  'refusal.drawing.reason.empty': '„{field}“ darf nicht leer sein.',
  'refusal.drawing.reason.not_allowed': 'Für „{field}“ ist dieser Wert nicht möglich.',
  'refusal.drawing.reason.too_few_fields': 'Mindestens so viele Einstellungen sind nötig: {limit}.',
  'refusal.drawing.reason.too_few_items': 'Mindestens so viele Einträge braucht „{field}“: {limit}.',
  'refusal.drawing.reason.too_large': 'Für „{field}“ ist höchstens {limit} möglich.',
  'refusal.drawing.reason.too_long': 'Für „{field}“ sind höchstens {limit} Zeichen möglich.',
  'refusal.drawing.reason.too_many_items': 'Für „{field}“ sind höchstens {limit} Einträge möglich.',
  'refusal.drawing.reason.too_short': 'Für „{field}“ sind mindestens {limit} Zeichen nötig.',
  'refusal.drawing.reason.too_small': 'Für „{field}“ ist mindestens {limit} nötig.',
  'refusal.drawing.reason.unknown': 'Die Einstellung „{field}“ ist hier nicht bekannt.',
  'refusal.drawing.reason.wrong_format': '„{field}“ hat nicht die nötige Form.',
  'refusal.drawing.reason.wrong_type': 'Für „{field}“ ist eine andere Art von Wert nötig.',

  'refusal.drawing.reason.header_forbidden': 'Die Kopfzeile „{header}“ lässt sich nicht setzen.',
  'refusal.drawing.reason.no_event': 'Das Ereignis „{event}“ gibt es nicht.',
  'refusal.drawing.reason.no_slot': 'Die Aufgabe „{slot}“ gibt es für Modelle nicht.',
  'refusal.drawing.reason.no_tool': 'Das Werkzeug „{tool}“ gibt es nicht.',

  'refusal.drawing.reason.schema_any_of': '„anyOf“ im Schema an der Stelle {place} ist keine Liste.',
  'refusal.drawing.reason.schema_keyword':
    'Das Schema an der Stelle {place} benutzt „{keyword}“; das ist hier nicht möglich.',
  'refusal.drawing.reason.schema_no_object': 'Das Schema an der Stelle {place} ist kein Objekt.',
  'refusal.drawing.reason.schema_properties': '„properties“ im Schema an der Stelle {place} ist kein Objekt.',
  'refusal.drawing.reason.schema_required':
    '„required“ im Schema an der Stelle {place} ist keine Liste von Namen.',
  'refusal.drawing.reason.schema_too_deep':
    'Das Schema ist an der Stelle {place} mehr als {limit} Ebenen tief geschachtelt.',
  'refusal.drawing.reason.schema_type':
    'Das Schema nennt an der Stelle {place} eine unbekannte Art von Wert.',

  'refusal.drawing.reason.expression_all_steps':
    'Nennen Sie jeden Schritt, den der Ausdruck liest, etwa steps.search.output.',
  'refusal.drawing.reason.expression_too_long': 'Der Ausdruck hat {count} Zeichen; {limit} sind möglich.',
  'refusal.drawing.reason.expression_unreadable': 'Der Ausdruck lässt sich nicht lesen: {message}',

  'refusal.drawing.reason.no_step': 'Den Schritt „{step}“ gibt es nicht.',
  'refusal.drawing.reason.step_in_loop':
    'Der Schritt „{step}“ läuft für jedes Element von „{loop}“ einmal: Nennen Sie {{steps.{loop}.output}}, die Liste der Ergebnisse.',
  'refusal.drawing.reason.step_not_before': 'Der Schritt „{step}“ läuft nie vor diesem.',
  'refusal.drawing.reason.template_no_input':
    '{template} hat hier keinen Wert: Die Eingabe dieses Workflows hat kein „{name}“.',
  'refusal.drawing.reason.template_no_loop':
    '{template} hat hier keinen Wert: Dieser Schritt ist in keiner Schleife.',
  'refusal.drawing.reason.template_no_output':
    '{template} hat hier keinen Wert: Ein Schritt hat „output“ und sonst nichts.',
  'refusal.drawing.reason.template_no_root':
    '{template} hat hier keinen Wert: Namen beginnen mit input, steps, item, index oder run.',
  'refusal.drawing.reason.template_no_run_value':
    '{template} hat hier keinen Wert: Ein Lauf hat „id“ und „workflow_id“.',
  'refusal.drawing.reason.template_no_step_name':
    '{template} hat hier keinen Wert: Nennen Sie den Schritt, etwa {{steps.search.output}}.',
} satisfies Record<`refusal.drawing.${WorkflowProblemCode}` | `refusal.drawing.reason.${Reason}`, string>;
