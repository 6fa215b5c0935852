import { coded } from '../../conversations/index.ts';
import { answer, condition, draw, evidence, judge, manners, object, transform } from './drawing.ts';
import { evidenceViews, type Mode, view } from './mode.ts';

const history = '{{input.history}}';

/** Looks at what the person knows; then one question that leads on, or the answer to whoever asks for it plainly twice. */
function build() {
  return draw(
    [
      judge('look', 'Look at what is known', 'expert_socratic', {
        system: [
          'You prepare a Socratic conversation. You do not answer the question.',
          'knows: what the person has shown to know or assume so far, in one sentence.',
          'gap: the next thing they could find out themselves, in one sentence.',
          'plain_requests: how often in this conversation, the last message included, the person has asked plainly to be given the answer itself, such as "just tell me". A question alone does not count.',
        ].join('\n'),
        history,
        prompt: '{{input.question}}',
        max_output_tokens: 400,
        output_schema: object({
          knows: { type: 'string', maxLength: 400 },
          gap: { type: 'string', maxLength: 400 },
          plain_requests: { type: 'integer', minimum: 0, maximum: 100 },
        }),
      }),
      condition('asked_twice', 'Asked plainly twice?', 'steps.look.output.plain_requests >= 2'),
      answer('lead', 'Question that leads on', 'expert_socratic', {
        system: [
          'You lead people to their own answer. In the language of the person: acknowledge in at most one short sentence what they have got right,',
          'then ask exactly one question that brings them one step further. Never lecture, never give the answer, no lists.',
          'They know: {{steps.look.output.knows}}',
          'Next step: {{steps.look.output.gap}}',
        ].join('\n'),
        history,
        prompt: '{{input.question}}',
        max_output_tokens: 250,
      }),
      answer('lead_unprepared', 'Question that leads on', 'expert_socratic', {
        system: [
          'You lead people to their own answer. In the language of the person: acknowledge in at most one short sentence what they have got right,',
          'then ask exactly one question that brings them one step further. Never lecture, never give the answer, no lists.',
        ].join('\n'),
        history,
        prompt: '{{input.question}}',
        max_output_tokens: 250,
      }),
      // "Just tell me" says nothing of what: what the person has asked so far does.
      transform(
        'query',
        'What to look for',
        '{"text": $substring($join($append(input.history[role = "user"].content, input.question), "\\n"), 0, 4000)}',
      ),
      ...evidence.nodes('{{steps.query.output.text}}'),
      answer('tell', 'Answer', 'final_answer', {
        system: `${manners}\nThe person was asked leading questions and now wants the answer itself. Give it, and build on what they found out.`,
        history,
        sources: '{{steps.sources.output.passages}}',
        prompt: '{{input.question}}',
      }),
    ],
    [
      ...['start>look', 'look>asked_twice', 'look:error>lead_unprepared', 'asked_twice:false>lead'],
      ...['asked_twice:true>query', `query>${evidence.first}`, ...evidence.connections, 'sources>tell'],
    ],
  );
}

interface Look {
  knows: string;
  gap: string;
  plain_requests: number;
}

export const socraticMode: Mode = {
  id: 'socratic',
  build,
  sources: ['sources'],
  views: {
    ...evidenceViews,
    look: view<Look>({
      kind: 'assess',
      title: 'Look at what you know so far',
      without: 'What you know so far could not be looked at.',
      describe: ({ knows, gap, plain_requests: plain = 0 }) => ({
        detail: plain >= 2 ? coded('asked_for_answer', 'you asked for the answer') : null,
        text: [knows, gap].filter(Boolean).join('\n\n') || null,
      }),
    }),
    lead: view({ kind: 'prompt', title: 'Ask a leading question' }),
    lead_unprepared: view({ kind: 'prompt', title: 'Ask a leading question' }),
    tell: view({ kind: 'summary', title: 'Write the answer' }),
  },
};
