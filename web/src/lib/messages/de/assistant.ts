import type { assistant as english } from '../en/assistant.ts';
import type { Translation } from '../translation.ts';

export const assistant: Translation<typeof english> = {
  'assistant.allowed_writes': 'Änderungen geschehen ohne Rückfrage.',
  'assistant.customised': 'Ihre Fassung',
  'assistant.discard': 'Änderungen verwerfen',
  'assistant.edit_prompt_of': 'Anweisung bearbeiten: {name}',
  'assistant.experts': 'Fachleute',
  'assistant.experts_text':
    'Wen die Expertenrunde fragt. Jeder hat seine eigene Anweisung und kann ein eigenes Modell haben.',
  'assistant.modes': 'Betriebsarten',
  'assistant.modes_text': 'Wie Antworten entstehen. Jede Betriebsart ist ein Ablauf, den Sie ansehen können.',
  'assistant.no_experts': 'Alle Fachleute sind ausgeschaltet: Die Expertenrunde hat niemanden zu fragen.',
  'assistant.open_canvas': 'Öffnen',
  'assistant.open_canvas_of': 'Öffnen: Ablauf „{name}“',
  'assistant.page': 'Einstellungen des Assistenten',
  'assistant.permission_allow': 'Erlauben',
  'assistant.permission_allow_text': 'Wird sofort genutzt, ohne Rückfrage.',
  'assistant.permission_ask': 'Fragen',
  'assistant.permission_ask_text':
    'Zeigt Ihnen vorher, was genau geschieht, und wartet auf Ihre Entscheidung.',
  'assistant.permission_of': 'Erlaubnis: {name}',
  'assistant.permission_off': 'Aus',
  'assistant.permission_off_text': 'Wird nie genutzt; der Assistent weiß nicht, dass es das gibt.',
  'assistant.prompt_empty':
    'Ohne Anweisung geht es nicht. Schreiben Sie einen Text, oder kehren Sie zur Vorgabe zurück.',
  'assistant.prompt_hint':
    'Steht für das Modell vor Ihrer Frage. Was Sie schreiben, bleibt, bis Sie es speichern oder verwerfen.',
  'assistant.prompt_of': 'Anweisung: {name}',
  'assistant.reset': 'Zurück zur Vorgabe',
  'assistant.restored': 'Das haben Sie früher geschrieben und noch nicht gespeichert.',
  'assistant.show_steps': 'Schritte zeigen',
  'assistant.show_steps_of': 'Schritte zeigen: {name}',
  'assistant.steps': 'Schritte',
  'assistant.steps_hint': 'Nach der ersten Antwort in dieser Betriebsart steht ihr Ablauf in Ihrer Liste.',
  'assistant.tab': 'Assistent',
  'assistant.tools': 'Werkzeuge',
  'assistant.tools_text': 'Was der Assistent beim Antworten nutzen darf, immer mit Ihren eigenen Rechten.',
  'assistant.unsaved': 'Nicht gespeichert',
  'assistant.writes': 'Ändert etwas',
};
