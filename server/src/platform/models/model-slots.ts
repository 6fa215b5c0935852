/** Where a job is shown among others. */
export type SlotGroup = 'conversation' | 'documents' | 'agents' | 'experts';

interface SlotDeclaration {
  group: SlotGroup;
  title: string;
  /** One sentence for a person. */
  about: string;
  /** Whose model does the job while it has none of its own. */
  parent: string | null;
  /** What its model must be able to do. */
  needs: 'chat' | 'embedding' | 'vision';
}

type Declare = (title: string, parent: string | null, about: string) => SlotDeclaration;
const inGroup =
  (group: SlotGroup): Declare =>
  (title, parent, about) => ({ group, title, about, parent, needs: 'chat' });
const conversation = inGroup('conversation');
const documents = inGroup('documents');
const agent = inGroup('agents');
const expert = inGroup('experts');

/** Every job that a model can be given. Names are stored and never change. */
const declarations = {
  chat: conversation('Answers', null, 'Writes the answers in conversations.'),
  embedding: {
    ...documents('Meaning search', null, 'Finds passages that say the same in other words.'),
    needs: 'embedding',
  },
  title: conversation('Titles', 'fast_chat', 'Names new conversations.'),
  fast_chat: conversation('Quick answers', 'chat', 'Does small jobs where speed counts more than depth.'),
  coding: conversation('Code', 'chat', 'Writes, explains and changes programs.'),
  reasoning: conversation('Reasoning', 'chat', 'Thinks hard questions through before it answers.'),
  vision: { ...conversation('Pictures', 'chat', 'Looks at pictures and describes them.'), needs: 'vision' },
  summary: conversation('Summaries', 'fast_chat', 'Shortens long conversations and texts.'),
  reranking: documents(
    'Order of passages',
    'fast_chat',
    'Puts the passages found into the order of their use.',
  ),
  router: agent('Choice of the way', 'fast_chat', 'Decides which expert or workflow a request goes to.'),
  tool_choice: agent('Choice of tools', 'chat', 'Picks the tool for a step and fills in what it needs.'),
  planning: agent('Planning', 'reasoning', 'Breaks a goal down into steps.'),
  plan_check: agent('Plan check', 'planning', 'Looks for gaps and mistakes in a plan before it runs.'),
  reflection: agent('Reflection', 'reasoning', 'Judges what a step has brought and what follows from it.'),
  final_answer: agent('Final answer', 'chat', 'Puts the results of all steps together into one answer.'),
  expert_project_manager: expert('Project manager', 'chat', 'Plans work, people, dates and risks.'),
  expert_technical: expert(
    'Technical expert',
    'coding',
    'Answers questions about software, systems and devices.',
  ),
  expert_business_analyst: expert(
    'Business analyst',
    'chat',
    'Weighs markets, costs, benefits and processes.',
  ),
  expert_creative_director: expert('Creative director', 'chat', 'Finds ideas, names, stories and designs.'),
  expert_research_specialist: expert(
    'Research specialist',
    'reasoning',
    'Gathers sources and compares what they say.',
  ),
  expert_planning: expert('Planning expert', 'planning', 'Turns intentions into plans that can be kept.'),
  expert_socratic: expert('Socratic partner', 'reasoning', 'Asks the questions that lead to an own answer.'),
  expert_well_being_coach: expert('Well-being coach', 'chat', 'Accompanies habits, rest and motivation.'),
  expert_personal_assistant: expert(
    'Personal assistant',
    'chat',
    'Takes care of appointments, letters and errands.',
  ),
  expert_data_analyst: expert(
    'Data analyst',
    'reasoning',
    'Reads tables and figures and says what is in them.',
  ),
  expert_output_formatter: expert(
    'Output formatter',
    'fast_chat',
    'Brings results into the form that was asked for.',
  ),
  expert_quality_assurance: expert(
    'Quality assurance',
    'reasoning',
    'Checks results against what was asked for.',
  ),
} as const satisfies Record<string, SlotDeclaration>;

/** A job that a model is assigned to. */
export type SlotName = keyof typeof declarations;
export const modelSlots: Record<SlotName, SlotDeclaration> = declarations;
export const slotNames = Object.keys(declarations) as readonly SlotName[];

export function isSlotName(name: string): name is SlotName {
  return Object.hasOwn(declarations, name);
}

/** The slot itself, then those whose models it uses while it has none: its parent, its parent's parent, … */
export function slotLine(slot: SlotName): SlotName[] {
  const line: SlotName[] = [];
  for (let name: string | null = slot; name !== null && isSlotName(name); name = modelSlots[name].parent)
    line.push(name);
  return line;
}
