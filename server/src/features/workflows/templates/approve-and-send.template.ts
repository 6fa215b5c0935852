import { defineTemplate, textInput } from './template.ts';

/** Nothing leaves before a person has seen exactly what will be sent. */
export const approveAndSend = defineTemplate({
  id: 'approve-and-send',
  category: 'approvals',
  icon: 'shield-check',
  needs: ['model'],
  texts: {
    en: {
      title: 'Send only after approval',
      about:
        'A model drafts a message; you see exactly what would be sent and where, and decide. Only then it goes to the address of the other system. After three days without a decision nothing is sent.',
      topic: 'What the message is about',
      url: 'Address that takes the message (https://…)',
      draft: 'Draft the message',
      system: 'You write short, friendly and exact messages. Answer with the message and nothing else.',
      prompt: 'Write a message about this: {{input.topic}}',
      ask: 'May this be sent?',
      question: 'Send this message?',
      send: 'Send it',
      sent: 'Sent',
      kept: 'Not sent',
      keptText: 'Not sent: {{steps.ask.output.decision}}',
    },
    de: {
      title: 'Erst freigeben, dann senden',
      about:
        'Ein Modell entwirft eine Nachricht; Sie sehen genau, was wohin gesendet würde, und entscheiden. Erst dann geht sie an die Adresse des anderen Systems. Ohne Entscheidung nach drei Tagen wird nichts gesendet.',
      topic: 'Worum es in der Nachricht geht',
      url: 'Adresse, die die Nachricht annimmt (https://…)',
      draft: 'Nachricht entwerfen',
      system: 'Du schreibst kurze, freundliche und genaue Nachrichten. Antworte nur mit der Nachricht.',
      prompt: 'Schreibe eine Nachricht dazu: {{input.topic}}',
      ask: 'Darf das gesendet werden?',
      question: 'Diese Nachricht senden?',
      send: 'Senden',
      sent: 'Gesendet',
      kept: 'Nicht gesendet',
      keptText: 'Nicht gesendet: {{steps.ask.output.decision}}',
    },
  },
  draw: (t) => ({
    input: textInput({ topic: t.topic, url: t.url }),
    nodes: [
      {
        id: 'draft',
        type: 'prompt',
        name: t.draft,
        config: { system: t.system, prompt: t.prompt },
        retry: { max_attempts: 2 },
      },
      {
        id: 'ask',
        type: 'approval',
        name: t.ask,
        config: {
          title: t.question,
          detail: '{{steps.draft.output.text}}',
          data: { url: '{{input.url}}', body: { text: '{{steps.draft.output.text}}' } },
          expires_in_seconds: 3 * 86_400,
        },
      },
      {
        id: 'send',
        type: 'http',
        name: t.send,
        // The approval before it shows address and body: a second one would ask the same.
        approval: 'never',
        config: { url: '{{input.url}}', method: 'POST', body: { text: '{{steps.draft.output.text}}' } },
        retry: { max_attempts: 4, delay_seconds: 5 },
      },
      { id: 'sent', type: 'end', name: t.sent, config: { output: '{{steps.draft.output.text}}' } },
      { id: 'kept', type: 'end', name: t.kept, config: { output: t.keptText } },
    ],
    edges: ['start>draft', 'draft>ask', 'ask:approved>send', 'ask:rejected>kept', 'send>sent'],
  }),
});
