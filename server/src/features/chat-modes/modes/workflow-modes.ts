import { expertsMode } from './experts.mode.ts';
import { fastMode } from './fast.mode.ts';
import type { Mode } from './mode.ts';
import { routerMode } from './router.mode.ts';
import { socraticMode } from './socratic.mode.ts';

/** The modes that are workflows, by id. */
export const workflowModes: ReadonlyMap<string, Mode> = new Map(
  [routerMode, expertsMode, socraticMode, fastMode].map((mode) => [mode.id, mode]),
);
