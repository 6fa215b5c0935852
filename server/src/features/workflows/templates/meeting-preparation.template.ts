import { defineTemplate, textInput } from './template.ts';

const briefing = {
  type: 'object',
  required: ['summary', 'open_questions', 'agenda'],
  properties: {
    summary: { type: 'string' },
    open_questions: { type: 'array', items: { type: 'string' }, maxItems: 10 },
    agenda: { type: 'array', items: { type: 'string' }, maxItems: 10 },
  },
};

/** Gathers what the documents say about a meeting and makes a page of it. */
export const meetingPreparation = defineTemplate({
  id: 'meeting-preparation',
  category: 'planning',
  icon: 'users',
  needs: ['model', 'documents'],
  texts: {
    en: {
      title: 'Prepare a meeting',
      about:
        'Gathers what your documents say about the topic and the people, and writes a page to take along: summary, open questions, agenda.',
      topic: 'Topic of the meeting',
      people: 'Who takes part',
      fork: 'Search twice',
      onTopic: 'About the topic',
      onPeople: 'About the people',
      join: 'Everything found',
      brief: 'Write the briefing',
      system: 'You prepare people for meetings. Use only what the notes say, and say what they leave open.',
      prompt:
        'Topic: {{input.topic}}\nPeople: {{input.people}}\n\nAbout the topic:\n{{steps.on_topic.output.text}}\n\nAbout the people:\n{{steps.on_people.output.text}}\n\nWrite a summary in at most six sentences, the open questions, and an agenda.',
      page: 'Page to take along',
      headSummary: 'Summary',
      headQuestions: 'Open questions',
      headAgenda: 'Agenda',
    },
    de: {
      title: 'Besprechung vorbereiten',
      about:
        'Sammelt, was Ihre Dokumente über Thema und Beteiligte sagen, und schreibt eine Seite zum Mitnehmen: Zusammenfassung, offene Fragen, Ablauf.',
      topic: 'Thema der Besprechung',
      people: 'Wer teilnimmt',
      fork: 'Zweimal suchen',
      onTopic: 'Über das Thema',
      onPeople: 'Über die Beteiligten',
      join: 'Alles Gefundene',
      brief: 'Vorbereitung schreiben',
      system:
        'Du bereitest Menschen auf Besprechungen vor. Verwende nur, was in den Notizen steht, und sage, was sie offen lassen.',
      prompt:
        'Thema: {{input.topic}}\nBeteiligte: {{input.people}}\n\nÜber das Thema:\n{{steps.on_topic.output.text}}\n\nÜber die Beteiligten:\n{{steps.on_people.output.text}}\n\nSchreibe eine Zusammenfassung in höchstens sechs Sätzen, die offenen Fragen und einen Ablauf.',
      page: 'Seite zum Mitnehmen',
      headSummary: 'Zusammenfassung',
      headQuestions: 'Offene Fragen',
      headAgenda: 'Ablauf',
    },
  },
  draw: (t) => ({
    input: textInput({ topic: t.topic, people: t.people }),
    nodes: [
      { id: 'fork', type: 'parallel', name: t.fork },
      { id: 'on_topic', type: 'retrieve', name: t.onTopic, config: { query: '{{input.topic}}', limit: 6 } },
      {
        id: 'on_people',
        type: 'retrieve',
        name: t.onPeople,
        config: { query: '{{input.people}} {{input.topic}}', limit: 4 },
      },
      { id: 'join', type: 'join', name: t.join },
      {
        id: 'brief',
        type: 'prompt',
        name: t.brief,
        config: { system: t.system, prompt: t.prompt, output_schema: briefing },
        retry: { max_attempts: 2 },
      },
      {
        id: 'page',
        type: 'transform',
        name: t.page,
        config: { expression: pageExpression(t) },
      },
    ],
    edges: [
      ...['start>fork', 'fork>on_topic', 'fork>on_people', 'on_topic>join', 'on_people>join'],
      ...['join>brief', 'brief>page'],
    ],
  }),
});

/** Markdown with a heading for each part. */
function pageExpression(t: { headSummary: string; headQuestions: string; headAgenda: string }): string {
  const list = (field: string): string =>
    `$join($map(steps.brief.output.${field}, function($one) { "- " & $one }), "\\n")`;
  return [
    `"# " & input.topic & "\\n\\n## ${t.headSummary}\\n" & steps.brief.output.summary`,
    `"\\n\\n## ${t.headQuestions}\\n" & ${list('open_questions')}`,
    `"\\n\\n## ${t.headAgenda}\\n" & ${list('agenda')}`,
  ].join(' & ');
}
