import { coded } from '../../conversations/index.ts';
import { answer, ask, condition, draw, evidence, judge, manners, object, step } from './drawing.ts';
import { evidenceViews, type Mode, view } from './mode.ts';

const history = '{{input.history}}';
const sources = '{{steps.sources.output.passages}}';
const question = '{{input.question}}';

/** A short answer and a deeper look at the same time; then what the look adds or corrects, below the answer. */
function build() {
  return draw(
    [
      step('fork', 'parallel', 'Both at once'),
      answer('quick', 'Quick answer', 'fast_chat', {
        system: `${manners}\nAnswer at once, in at most three sentences. A more thorough answer is being worked on.`,
        history,
        prompt: question,
        max_output_tokens: 300,
      }),
      ...evidence.nodes(question),
      ask('deep', 'Deeper look', 'reasoning', { system: manners, history, sources, prompt: question }),
      step('join', 'join', 'Both are there'),
      condition('answered', 'A quick answer?', '$exists(steps.quick.output.text)'),
      step('publish', 'text', 'Answer', { template: '{{steps.deep.output.text}}', stream: 'answer' }),
      condition('looked', 'Anything to compare?', '$exists(steps.deep.output.text)'),
      judge('compare', 'Compare', 'reflection', {
        system: [
          'You compare a short answer that a person already has with a more thorough one.',
          'adds: true only if the thorough one corrects the short one, or has something important that it lacks.',
          'what: that correction or addition in one or two sentences; empty otherwise.',
        ].join('\n'),
        prompt: [
          'Question: {{input.question}}',
          'Short answer:\n{{steps.quick.output.text}}',
          'Thorough answer:\n{{steps.deep.output.text}}',
        ].join('\n\n'),
        max_output_tokens: 400,
        output_schema: object({ adds: { type: 'boolean' }, what: { type: 'string', maxLength: 800 } }),
      }),
      condition('adds', 'Something to add?', 'steps.compare.output.adds = true'),
      step('end', 'end', 'End'),
      answer('amend', 'Amendment', 'final_answer', {
        stream: 'amend',
        system: [
          'The person already has a short answer. Write what goes below it: first what has to be corrected, then what matters and is missing.',
          'Do not repeat the short answer. In the language of the question, in Markdown, as short as possible.',
          'Keep the numbers in square brackets, such as [1], at the statements they support.',
        ].join('\n'),
        sources,
        prompt: [
          'Question: {{input.question}}',
          'Short answer:\n{{steps.quick.output.text}}',
          'Thorough answer:\n{{steps.deep.output.text}}',
          'What to correct or add: {{steps.compare.output.what}}',
        ].join('\n\n'),
      }),
    ],
    [
      ...['start>fork', 'fork>quick', `fork>${evidence.first}`, ...evidence.connections, 'sources>deep'],
      ...['quick>join', 'quick:error>join', 'deep>join', 'deep:error>join', 'join>answered'],
      ...['answered:false>publish', 'answered:true>looked', 'looked:false>end', 'looked:true>compare'],
      ...[
        'compare>adds',
        'compare:error>end',
        'adds:false>end',
        'adds:true>amend',
        'amend>end',
        'amend:error>end',
      ],
    ],
  );
}

export const fastMode: Mode = {
  id: 'fast',
  build,
  sources: ['sources'],
  views: {
    ...evidenceViews,
    quick: view<{ model: string }>({
      kind: 'prompt',
      title: 'Quick answer',
      without: 'There was no quick answer.',
      describe: ({ model }) => ({ detail: model ?? null }),
    }),
    deep: view<{ text: string; model: string }>({
      kind: 'think',
      title: 'Deeper look',
      speaks: true,
      without: 'There was no deeper look: this is the quick answer alone.',
      describe: ({ text, model }) => ({ detail: model ?? null, text: text ?? null }),
    }),
    compare: view<{ adds: boolean; what: string }>({
      kind: 'check',
      title: 'Compare both',
      without: 'The quick answer could not be compared with the deeper look.',
      describe: ({ adds, what }) => ({
        detail: adds
          ? coded('something_to_add', 'something to add')
          : coded('nothing_to_add', 'nothing to add'),
        text: adds ? what || null : null,
      }),
    }),
    amend: view({
      kind: 'amend',
      title: 'Amend the answer',
      without: 'What the deeper look brought was not added.',
    }),
  },
};
