import { Type } from 'typebox';
import { defineStep, type StepType } from './step-type.ts';

const closed = { additionalProperties: false };

export interface LoopConfig {
  items: unknown;
  max_parallel?: number;
  on_item_error?: 'fail' | 'continue';
}

export const maxLoopItems = 10_000;

/** The steps that make the shape of a run; the run itself carries them out. */
export const structureSteps: StepType[] = [
  defineStep({
    type: 'start',
    computes: true,
    title: 'Start',
    description: 'Where a run begins. Its output is the input of the run.',
    config: Type.Object({}, closed),
    structural: true,
  }),
  defineStep({
    type: 'end',
    title: 'End',
    description: 'Ends the run with an output. Without settings the output is that of the step before.',
    config: Type.Object({ output: Type.Optional(Type.Unknown()) }, closed),
    structural: true,
    ports: () => [],
  }),
  defineStep({
    type: 'parallel',
    computes: true,
    title: 'Parallel branches',
    description: 'Begins every step that follows it at once. A join waits for all of them.',
    config: Type.Object({}, closed),
    structural: true,
  }),
  defineStep({
    type: 'join',
    title: 'Join',
    description:
      'Waits until every branch has ended. Its output has the last output of each branch under the name of its first step.',
    config: Type.Object({}, closed),
    structural: true,
  }),
  defineStep<LoopConfig>({
    type: 'loop',
    title: 'Loop over a list',
    description:
      'Runs the steps after "each" once for every item, some of them at the same time, then goes on at "done" with the list of their last outputs.',
    config: Type.Object(
      {
        items: Type.Unknown(),
        max_parallel: Type.Optional(Type.Integer({ minimum: 1, maximum: 16 })),
        on_item_error: Type.Optional(Type.Union([Type.Literal('fail'), Type.Literal('continue')])),
      },
      { ...closed, required: ['items'] },
    ),
    structural: true,
    ports: () => ['each', 'done'],
  }),
];
