export type { NodeState } from './node-states.ts';
/** @public Follows a run for whoever draws its workflow. */
export { RunFollower } from './run-follower.svelte.ts';
export { default as RunPage } from './run-page.svelte';
export type { StepState, StepStatus } from './run-progress.ts';
export { type RunFilter, readRunFilter } from './runs-state.svelte.ts';
export { default as RunsView } from './runs-view.svelte';
