import { defineTemplate, textInput } from './template.ts';

const verdict = {
  type: 'object',
  required: ['supported', 'missing'],
  properties: { supported: { type: 'boolean' }, missing: { type: 'string' } },
};

/** Finds passages, answers from them, and checks the answer against them before anybody reads it. */
export const answerFromDocuments = defineTemplate({
  id: 'answer-from-documents',
  category: 'documents',
  icon: 'file-search',
  needs: ['model', 'documents'],
  texts: {
    en: {
      title: 'Ask my documents, with a check',
      about:
        'Finds the passages that fit a question, answers from them with sources, and checks the answer against the passages. What the check finds wanting is written again.',
      question: 'Question',
      find: 'Find passages',
      answer: 'Answer',
      check: 'Check the answer',
      enough: 'Supported?',
      improve: 'Write it again',
      good: 'Answer is good',
      improved: 'Improved answer',
      answerSystem:
        'Answer only from the numbered passages. Put the number of the passage behind each statement, like [1]. If they do not answer the question, say so.',
      answerPrompt: 'Question: {{input.question}}\n\nPassages:\n{{steps.find.output.text}}',
      checkSystem:
        'You check answers. An answer is supported when every statement in it is in the passages. Name what is not.',
      checkPrompt:
        'Question: {{input.question}}\n\nAnswer:\n{{steps.answer.output.text}}\n\nPassages:\n{{steps.find.output.text}}',
      improvePrompt:
        'Question: {{input.question}}\n\nFirst answer:\n{{steps.answer.output.text}}\n\nWhat is wrong with it: {{steps.check.output.missing}}\n\nPassages:\n{{steps.find.output.text}}\n\nWrite the answer again without these mistakes.',
    },
    de: {
      title: 'Meine Dokumente fragen, mit Prüfung',
      about:
        'Findet die passenden Stellen zu einer Frage, antwortet daraus mit Quellen und prüft die Antwort an den Stellen. Was der Prüfung nicht genügt, wird neu geschrieben.',
      question: 'Frage',
      find: 'Stellen finden',
      answer: 'Antworten',
      check: 'Antwort prüfen',
      enough: 'Belegt?',
      improve: 'Neu schreiben',
      good: 'Antwort ist gut',
      improved: 'Verbesserte Antwort',
      answerSystem:
        'Antworte nur aus den nummerierten Stellen. Setze hinter jede Aussage die Nummer der Stelle, etwa [1]. Wenn sie die Frage nicht beantworten, sage das.',
      answerPrompt: 'Frage: {{input.question}}\n\nStellen:\n{{steps.find.output.text}}',
      checkSystem:
        'Du prüfst Antworten. Eine Antwort ist belegt, wenn jede Aussage darin in den Stellen steht. Nenne, was fehlt.',
      checkPrompt:
        'Frage: {{input.question}}\n\nAntwort:\n{{steps.answer.output.text}}\n\nStellen:\n{{steps.find.output.text}}',
      improvePrompt:
        'Frage: {{input.question}}\n\nErste Antwort:\n{{steps.answer.output.text}}\n\nWas daran nicht stimmt: {{steps.check.output.missing}}\n\nStellen:\n{{steps.find.output.text}}\n\nSchreibe die Antwort ohne diese Fehler neu.',
    },
  },
  draw: (t) => ({
    input: textInput({ question: t.question }),
    nodes: [
      { id: 'find', type: 'retrieve', name: t.find, config: { query: '{{input.question}}', limit: 8 } },
      {
        id: 'answer',
        type: 'prompt',
        name: t.answer,
        config: { system: t.answerSystem, prompt: t.answerPrompt },
        retry: { max_attempts: 2 },
      },
      {
        id: 'check',
        type: 'prompt',
        name: t.check,
        config: { system: t.checkSystem, prompt: t.checkPrompt, output_schema: verdict, temperature: 0 },
        retry: { max_attempts: 2 },
      },
      {
        id: 'enough',
        type: 'condition',
        name: t.enough,
        config: { expression: 'steps.check.output.supported' },
      },
      { id: 'good', type: 'end', name: t.good, config: { output: '{{steps.answer.output.text}}' } },
      {
        id: 'improve',
        type: 'prompt',
        name: t.improve,
        config: { system: t.answerSystem, prompt: t.improvePrompt },
      },
      { id: 'improved', type: 'end', name: t.improved, config: { output: '{{steps.improve.output.text}}' } },
    ],
    edges: [
      ...['start>find', 'find>answer', 'answer>check', 'check>enough'],
      ...['enough:true>good', 'enough:false>improve', 'improve>improved'],
    ],
  }),
});
