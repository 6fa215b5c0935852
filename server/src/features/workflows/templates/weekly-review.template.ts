import { defineTemplate } from './template.ts';

/** Made for a schedule: needs no input, and takes a focus where there is one. */
export const weeklyReview = defineTemplate({
  id: 'weekly-review',
  category: 'planning',
  icon: 'calendar-check',
  needs: ['model', 'documents'],
  texts: {
    en: {
      title: 'Weekly review',
      about:
        'Looks through your documents and conversations for what was decided and what is open, and writes a review of the week with the next steps. Give it a schedule, such as every Friday at 15:00.',
      focusTitle: 'What to look at',
      focus: 'Focus of the week',
      defaultFocus: 'work, projects and plans',
      fork: 'Look everywhere',
      decided: 'What was decided',
      decidedQuery: 'decisions, results, agreements about {{steps.focus.output}}',
      open: 'What is open',
      openQuery: 'open points, questions, tasks, deadlines about {{steps.focus.output}}',
      talks: 'What was talked about',
      join: 'Everything found',
      write: 'Write the review',
      system:
        'You write short, honest weekly reviews from notes. Use only what the notes say; where they say nothing, leave the part out.',
      prompt:
        'Focus: {{steps.focus.output}}\n\nDecided:\n{{steps.decided.output.text}}\n\nOpen:\n{{steps.open.output.text}}\n\nLatest conversations:\n{{steps.talks.output.items}}\n\nWrite a review with the parts "Done and decided", "Open" and "Next steps" (at most five, each with a verb).',
      done: 'Review',
    },
    de: {
      title: 'Wochenrückblick',
      about:
        'Sieht Ihre Dokumente und Gespräche durch: was beschlossen wurde und was offen ist. Daraus entsteht ein Rückblick auf die Woche mit den nächsten Schritten. Geben Sie ihm einen Zeitplan, etwa jeden Freitag um 15:00 Uhr.',
      focusTitle: 'Worauf geachtet werden soll',
      focus: 'Schwerpunkt der Woche',
      defaultFocus: 'Arbeit, Vorhaben und Pläne',
      fork: 'Überall nachsehen',
      decided: 'Was beschlossen wurde',
      decidedQuery: 'Beschlüsse, Ergebnisse, Absprachen zu {{steps.focus.output}}',
      open: 'Was offen ist',
      openQuery: 'offene Punkte, Fragen, Aufgaben, Fristen zu {{steps.focus.output}}',
      talks: 'Worüber gesprochen wurde',
      join: 'Alles Gefundene',
      write: 'Rückblick schreiben',
      system:
        'Du schreibst kurze, ehrliche Wochenrückblicke aus Notizen. Verwende nur, was in den Notizen steht; was dort fehlt, lass weg.',
      prompt:
        'Schwerpunkt: {{steps.focus.output}}\n\nBeschlossen:\n{{steps.decided.output.text}}\n\nOffen:\n{{steps.open.output.text}}\n\nNeueste Gespräche:\n{{steps.talks.output.items}}\n\nSchreibe einen Rückblick mit den Teilen „Erledigt und beschlossen“, „Offen“ und „Nächste Schritte“ (höchstens fünf, jeder mit einem Verb).',
      done: 'Rückblick',
    },
  },
  draw: (t) => ({
    input: { type: 'object', properties: { focus: { type: 'string', title: t.focusTitle }, trigger: {} } },
    nodes: [
      {
        id: 'focus',
        type: 'transform',
        name: t.focus,
        config: { expression: `input.focus ? input.focus : ${JSON.stringify(t.defaultFocus)}` },
      },
      { id: 'fork', type: 'parallel', name: t.fork },
      { id: 'decided', type: 'retrieve', name: t.decided, config: { query: t.decidedQuery, limit: 6 } },
      { id: 'open', type: 'retrieve', name: t.open, config: { query: t.openQuery, limit: 6 } },
      {
        id: 'talks',
        type: 'tool',
        name: t.talks,
        config: { tool: 'conversations.search', input: { limit: 12 } },
      },
      { id: 'join', type: 'join', name: t.join },
      {
        id: 'write',
        type: 'prompt',
        name: t.write,
        config: { system: t.system, prompt: t.prompt },
        retry: { max_attempts: 3, delay_seconds: 30 },
      },
      { id: 'done', type: 'end', name: t.done, config: { output: '{{steps.write.output.text}}' } },
    ],
    edges: [
      ...['start>focus', 'focus>fork', 'fork>decided', 'fork>open', 'fork>talks'],
      ...['decided>join', 'open>join', 'talks>join', 'join>write', 'write>done'],
    ],
  }),
});
