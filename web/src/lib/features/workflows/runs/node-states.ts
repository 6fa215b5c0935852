import { hasEnded, type StepState, type StepStatus } from './run-progress.ts';

/** How a node of the drawing is doing in a run: all of its steps together, as a loop takes one several times. */
export interface NodeState {
  nodeId: string;
  /** At work before waiting before not begun; without any of these, how its last step ended. */
  status: StepStatus;
  counts: Record<StepStatus, number>;
  /** How often it was taken. */
  total: number;
  tokens: number;
  /** Of the items of a loop. */
  progress: { ended: number; total: number } | null;
  /** Number of the step to look at: one that is under way, else the last. */
  step: number;
  error: StepState['error'];
}

const liveOrder = ['running', 'waiting', 'pending'] as const;

/** The states of all nodes that a run has come to. */
export function nodeStatesOf(steps: Iterable<StepState>): ReadonlyMap<string, NodeState> {
  const states = new Map<string, NodeState>();
  for (const step of steps) {
    const before = states.get(step.node_id);
    states.set(step.node_id, before ? withStep(before, step) : first(step));
  }
  return states;
}

function first(step: StepState): NodeState {
  const counts = { pending: 0, running: 0, waiting: 0, succeeded: 0, failed: 0, cancelled: 0 };
  counts[step.status] = 1;
  const { node_id: nodeId, status, number, error, progress } = step;
  return { nodeId, status, counts, total: 1, tokens: tokensOf(step), progress, step: number, error };
}

function withStep(state: NodeState, step: StepState): NodeState {
  const counts = { ...state.counts, [step.status]: state.counts[step.status] + 1 };
  const live = liveOrder.find((status) => counts[status] > 0);
  const isNext = live === undefined || step.status === live;
  return {
    ...state,
    counts,
    status: live ?? step.status,
    total: state.total + 1,
    tokens: state.tokens + tokensOf(step),
    progress: hasEnded(step) ? (state.progress ?? step.progress) : (step.progress ?? state.progress),
    ...(isNext ? { step: step.number, error: step.error } : {}),
  };
}

function tokensOf({ tokens }: StepState): number {
  return tokens.input + tokens.output;
}
