import { coded, count } from '../../conversations/index.ts';
import type { WorkflowNode } from '../../workflows/index.ts';
import { type ExpertId, experts } from '../experts.ts';
import {
  answer,
  ask,
  condition,
  draw,
  evidence,
  judge,
  literal,
  manners,
  object,
  step,
  transform,
} from './drawing.ts';
import { evidenceViews, type Mode, type ModeSettings, type StepView, view } from './mode.ts';

const maxTeam = 4;
/** They work on the result, not on parts of the question. */
const finishers: readonly ExpertId[] = ['output_formatter', 'quality_assurance'];
/** They answer from what was found. */
const readers: readonly ExpertId[] = ['research', 'data_analyst'];

const nodeOf = (id: ExpertId): string => `expert_${id}`;

/** What experts share whatever they are. */
const teamRules = [
  'You are one of several experts; somebody else puts the parts together. Do your task and nothing else.',
  'Answer in the language of the question, in Markdown, in at most 250 words.',
].join('\n');

function brief(team: readonly ExpertId[]): WorkflowNode {
  const list = team.map((id) => `- ${id}: ${experts[id].about}`).join('\n');
  return judge('brief', 'Project manager', 'expert_project_manager', {
    system: [
      'You are a project manager. You do not answer the question: you give its parts to experts.',
      `Choose one to ${maxTeam} of these experts, as few as will do:\n${list}`,
      'task: what this expert is to find out, complete in itself, in one or two sentences.',
      'clear: false only if the question cannot be worked on without an answer of the person; then ask it in question.',
      'form: the form the person asked for, such as "table" or "letter"; empty when they asked for none.',
      'Write task and question in the language of the person.',
    ].join('\n'),
    history: '{{input.history}}',
    prompt: '{{input.question}}',
    output_schema: object({
      clear: { type: 'boolean' },
      question: { type: 'string', maxLength: 500 },
      team: {
        type: 'array',
        maxItems: maxTeam,
        items: object({
          expert: { type: 'string', enum: [...team] },
          task: { type: 'string', minLength: 1, maxLength: 800 },
        }),
      },
      form: { type: 'string', maxLength: 200 },
    }),
  });
}

function expertNode(id: ExpertId, prompt: string): WorkflowNode {
  const { title, slot } = experts[id];
  return ask(nodeOf(id), title, slot, {
    system: `${literal(prompt)}\n${teamRules}`,
    prompt: 'The question of the person:\n{{input.question}}\n\nYour task:\n{{item.task}}',
    ...(readers.includes(id) ? { sources: '{{steps.sources.output.passages}}' } : {}),
    max_output_tokens: 1_200,
  });
}

/** Puts the experts' names before what they said; what failed is left out. */
function parts(team: readonly ExpertId[]): string {
  const titles = Object.fromEntries(team.map((id) => [id, experts[id].title]));
  return `(
    $titles := ${JSON.stringify(titles)};
    $calls := steps.brief.output.team;
    $said := steps.team.output;
    $all := [$calls#$i.{"title": $lookup($titles, expert), "task": task, "text": $said[$i].text}][$exists(text)];
    {
      "count": $count($all),
      "text": $join($all.("### " & title & "\\nTask: " & task & "\\n\\n" & text), "\\n\\n")
    }
  )`;
}

const together = [
  manners,
  'Experts have worked on the question; their parts follow it. Put them together into one answer to the person.',
  'Begin with the answer itself. Say where experts disagree. Leave out what does not help. Do not mention the process.',
  'Keep the numbers in square brackets, such as [1], at the statements they support.',
].join('\n');
const material = '{{input.question}}\n\nParts of the experts:\n\n{{steps.parts.output.text}}';
const sources = '{{steps.sources.output.passages}}';

interface Drawing {
  nodes: WorkflowNode[];
  connections: string[];
}

/** Quality assurance looks at the answer; it may be written anew once. */
function quality(prompt: string, next: string): Drawing {
  return {
    nodes: [
      judge('quality', 'Quality assurance', 'expert_quality_assurance', {
        system: [
          literal(prompt),
          'fine: true when nothing of weight is wrong. problems: what has to be put right, at most five, each in a sentence.',
        ].join('\n'),
        prompt: `${material}\n\nAnswer to check:\n\n{{steps.summary.output.text}}`,
        output_schema: object({
          fine: { type: 'boolean' },
          problems: { type: 'array', items: { type: 'string', maxLength: 400 }, maxItems: 5 },
        }),
      }),
      condition(
        'revise',
        'To be written anew?',
        '$not(steps.quality.output.fine) and $count(steps.quality.output.problems) > 0',
      ),
      transform(
        'complaints',
        'What to put right',
        '{"text": "- " & $join(steps.quality.output.problems, "\\n- ")}',
      ),
      answer('revision', 'Revised answer', 'final_answer', {
        system: `${together}\nA check of a first answer found the problems below. Write the answer anew without them.`,
        history: '{{input.history}}',
        sources,
        prompt: `${material}\n\nFirst answer:\n\n{{steps.summary.output.text}}\n\nProblems:\n{{steps.complaints.output.text}}`,
      }),
    ],
    connections: [
      ...['quality>revise', `quality:error>${next}`, 'revise:true>complaints', `revise:false>${next}`],
      ...['complaints>revision', `revision>${next}`, `revision:error>${next}`],
    ],
  };
}

/** Brings the answer into the form that was asked for, where one was. */
function form(prompt: string, isChecked: boolean): Drawing {
  const text = 'steps.summary.output.text';
  const newest = `$exists(steps.revision.output.text) ? steps.revision.output.text : ${text}`;
  return {
    nodes: [
      condition('formed', 'A form asked for?', '$length(steps.brief.output.form) > 0'),
      transform('written', 'The answer so far', `{"text": ${isChecked ? newest : text}}`),
      answer('formatted', 'Output formatter', 'expert_output_formatter', {
        system: literal(prompt),
        prompt: 'Form: {{steps.brief.output.form}}\n\nText:\n\n{{steps.written.output.text}}',
      }),
    ],
    connections: [
      'formed:true>written',
      'formed:false>end',
      'written>formatted',
      'formatted>end',
      'formatted:error>end',
    ],
  };
}

/** What comes after the summary, as far as the person has the experts for it. */
function finish(settings: ModeSettings): Drawing & { first: string } {
  const promptOf = (id: ExpertId): string | undefined =>
    settings.experts.find((one) => one.id === id && one.enabled)?.prompt;
  const [check, formatter] = [promptOf('quality_assurance'), promptOf('output_formatter')];
  const shape = formatter === undefined ? undefined : form(formatter, check !== undefined);
  const afterCheck = shape ? 'formed' : 'end';
  const checking = check === undefined ? undefined : quality(check, afterCheck);
  return {
    first: checking ? 'quality' : afterCheck,
    nodes: [...(checking?.nodes ?? []), ...(shape?.nodes ?? []), step('end', 'end', 'End')],
    connections: [...(checking?.connections ?? []), ...(shape?.connections ?? [])],
  };
}

/** Nobody is there to be asked. */
function buildAlone(alone: WorkflowNode) {
  const nodes = [...evidence.nodes('{{input.question}}'), alone];
  return draw(nodes, [`start>${evidence.first}`, ...evidence.connections, 'sources>alone']);
}

/** Of the experts that nobody has switched off. Without any the answer is written alone. */
function build(settings: ModeSettings) {
  const enabled = settings.experts.filter(({ id, enabled: isOn }) => isOn && !finishers.includes(id));
  const team = enabled.map(({ id }) => id);
  const alone = answer('alone', 'Answer', 'final_answer', {
    system: manners,
    history: '{{input.history}}',
    sources,
    prompt: '{{input.question}}',
  });
  if (team.length === 0) return buildAlone(alone);
  const finishing = finish(settings);
  const nodes = [
    brief(team),
    condition(
      'unclear',
      'A question back?',
      '$not(steps.brief.output.clear) and $length(steps.brief.output.question) > 0',
    ),
    step('ask_back', 'text', 'Question back', {
      template: '{{steps.brief.output.question}}',
      stream: 'answer',
    }),
    transform(
      'query',
      'What to look for',
      '{"text": $join([input.question, steps.brief.output.team[expert = "research"].task], "\\n")}',
    ),
    ...evidence.nodes('{{steps.query.output.text}}'),
    condition('delegated', 'Experts chosen?', '$count(steps.brief.output.team) > 0'),
    alone,
    // Servers that hold one model at a time are asked model by model, whatever runs at the same time.
    step('team', 'loop', 'Experts', {
      items: '{{steps.brief.output.team}}',
      max_parallel: maxTeam,
      on_item_error: 'continue',
    }),
    step('pick', 'switch', 'Which expert?', {
      expression: 'item.expert',
      cases: team.map((id) => ({ name: id, equals: id })),
    }),
    ...enabled.map(({ id, prompt }) => expertNode(id, prompt)),
    transform('parts', 'What the experts said', parts(team)),
    condition('heard', 'Anything said?', 'steps.parts.output.count > 0'),
    answer('summary', 'Summary', 'expert_project_manager', {
      system: together,
      history: '{{input.history}}',
      sources,
      prompt: material,
    }),
    ...finishing.nodes,
  ];
  return draw(nodes, [
    ...['start>brief', 'brief:error>query', 'brief>unclear', 'unclear:true>ask_back', 'unclear:false>query'],
    ...[`query>${evidence.first}`, ...evidence.connections, 'sources>delegated', 'delegated:false>alone'],
    ...['delegated:true>team', 'team:each>pick', 'team:error>alone'],
    ...team.map((id) => `pick:${id}>${nodeOf(id)}`),
    ...['team:done>parts', 'parts>heard', 'heard:true>summary', 'heard:false>alone'],
    `summary>${finishing.first}`,
    ...finishing.connections,
  ]);
}

interface Brief {
  clear: boolean;
  question: string;
  team: { expert: ExpertId; task: string }[];
}

function expertViews(): Record<string, StepView> {
  return Object.fromEntries(
    Object.entries(experts).map(([id, { title }]) => [
      nodeOf(id as ExpertId),
      view<{ text: string; model: string }>({
        kind: 'expert',
        title,
        speaks: true,
        without: `${title}: no contribution.`,
        describe: ({ text, model }) => ({ detail: model ?? null, text: text ?? null }),
      }),
    ]),
  );
}

export const expertsMode: Mode = {
  id: 'experts',
  build,
  sources: ['sources'],
  views: {
    ...evidenceViews,
    ...expertViews(),
    brief: view<Brief>({
      kind: 'plan',
      title: 'Project manager',
      without: 'No experts could be chosen, so one model answers alone.',
      describe: ({ clear, question, team = [] }) => ({
        detail:
          clear === false && question
            ? coded('asks_back', 'asks back')
            : coded('experts', count(team.length, 'expert'), { count: team.length }),
        text:
          team.map(({ expert, task }) => `- **${experts[expert]?.title ?? expert}**: ${task}`).join('\n') ||
          null,
        tasks: team.map(({ expert, task }) => ({ expert, text: task })),
      }),
    }),
    alone: view({ kind: 'prompt', title: 'Write the answer' }),
    summary: view<{ model: string }>({
      kind: 'summary',
      title: 'Summary',
      describe: ({ model }) => ({ detail: model ?? null }),
    }),
    quality: view<{ fine: boolean; problems: string[] }>({
      kind: 'check',
      title: 'Quality assurance',
      without: 'The answer was not checked.',
      describe: ({ fine, problems = [] }) => ({
        detail:
          fine || problems.length === 0
            ? coded('fine', 'fine')
            : coded('to_put_right', `${problems.length} to put right`, { count: problems.length }),
        text: fine ? null : problems.map((one) => `- ${one}`).join('\n') || null,
      }),
    }),
    revision: view({ kind: 'amend', title: 'Revised answer', without: 'The answer was not revised.' }),
    formatted: view({
      kind: 'amend',
      title: 'Output formatter',
      without: 'The form that was asked for is missing.',
    }),
  },
};
