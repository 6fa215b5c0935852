import { defineTemplate } from '../templates/template.ts';

/** Runs at a click: it needs neither an input nor a model, and finds something in the sample document. */
export const sampleWorkflow = defineTemplate({
  id: 'sample',
  category: 'documents',
  icon: 'sparkles',
  needs: [],
  texts: {
    en: {
      title: 'Sample: what my documents say',
      about:
        'Run it as it is: it searches your documents for “sources”, quotes what it finds and makes a page of it. Open it to see how steps, a loop and a condition work together, and change it as you like.',
      topicTitle: 'What to look for',
      topic: 'What to look for',
      word: 'sources',
      find: 'Find passages',
      any: 'Anything found?',
      each: 'Each passage',
      quote: 'Quote it',
      page: 'Make a page',
      done: 'The page',
      none: 'Nothing found',
      nothing: 'Your documents say nothing about “{{steps.topic.output}}”.',
    },
    de: {
      title: 'Beispiel: was meine Dokumente sagen',
      about:
        'Starten Sie es, wie es ist: Es sucht in Ihren Dokumenten nach „Quellen“, zitiert, was es findet, und macht eine Seite daraus. Öffnen Sie es, um zu sehen, wie Schritte, eine Schleife und eine Bedingung zusammenspielen, und ändern Sie es nach Belieben.',
      topicTitle: 'Wonach gesucht werden soll',
      topic: 'Wonach gesucht wird',
      word: 'Quellen',
      find: 'Stellen finden',
      any: 'Etwas gefunden?',
      each: 'Jede Stelle',
      quote: 'Zitieren',
      page: 'Seite daraus machen',
      done: 'Die Seite',
      none: 'Nichts gefunden',
      nothing: 'Ihre Dokumente sagen nichts über „{{steps.topic.output}}“.',
    },
  },
  draw: (t) => ({
    input: { type: 'object', properties: { topic: { type: 'string', title: t.topicTitle } } },
    nodes: [
      {
        id: 'topic',
        type: 'transform',
        name: t.topic,
        config: { expression: `input.topic ? input.topic : ${JSON.stringify(t.word)}` },
      },
      {
        id: 'find',
        type: 'retrieve',
        name: t.find,
        config: { query: '{{steps.topic.output}}', limit: 3 },
      },
      {
        id: 'any',
        type: 'condition',
        name: t.any,
        config: { expression: '$count(steps.find.output.items) > 0' },
      },
      {
        id: 'each',
        type: 'loop',
        name: t.each,
        config: { items: '{{steps.find.output.items}}', max_parallel: 3 },
      },
      {
        id: 'quote',
        type: 'text',
        name: t.quote,
        config: { template: '## {{item.document_name}}\n\n{{item.text}}' },
      },
      {
        id: 'page',
        type: 'transform',
        name: t.page,
        config: { expression: '"# " & steps.topic.output & "\\n\\n" & $join(steps.each.output, "\\n\\n")' },
      },
      { id: 'done', type: 'end', name: t.done, config: { output: '{{steps.page.output}}' } },
      { id: 'none', type: 'end', name: t.none, config: { output: t.nothing } },
    ],
    edges: [
      ...['start>topic', 'topic>find', 'find>any', 'any:true>each', 'any:false>none'],
      ...['each:each>quote', 'each:done>page', 'page>done'],
    ],
  }),
});
