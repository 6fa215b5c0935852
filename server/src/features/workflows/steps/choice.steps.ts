import { Type } from 'typebox';
import type { Expressions } from '../expressions/expressions.ts';
import { MissingValue } from '../workflows.errors.ts';
import { defineStep, type StepType } from './step-type.ts';

const closed = { additionalProperties: false };
const Expression = Type.String({ minLength: 1, maxLength: 10_000 });
const casePattern = '^[a-z][a-z0-9_]{0,39}$';

interface SwitchConfig {
  expression: string;
  cases: { name: string; equals: unknown }[];
}

/** Steps that decide which way a run goes, and the one that makes a new value. All by JSONata. */
export function expressionSteps(expressions: Expressions): StepType[] {
  return [
    defineStep<{ expression: string }>({
      type: 'condition',
      computes: true,
      title: 'Condition',
      description: 'Goes on at "true" or "false", by an expression.',
      config: Type.Object({ expression: Expression }, closed),
      expressions: ['expression'],
      ports: () => ['true', 'false'],
      async run({ scope, signal }, { expression }) {
        const value = await expressions.evaluate(expression, scope, signal);
        return { output: value ?? null, port: isTrue(value) ? 'true' : 'false' };
      },
    }),
    defineStep<SwitchConfig>({
      type: 'switch',
      computes: true,
      title: 'Switch',
      description: 'Goes on at the first case that equals the value of an expression, else at "otherwise".',
      config: Type.Object(
        {
          expression: Expression,
          cases: Type.Array(
            Type.Object(
              { name: Type.String({ pattern: casePattern }), equals: Type.Unknown() },
              { ...closed, required: ['name', 'equals'] },
            ),
            { minItems: 1, maxItems: 50 },
          ),
        },
        closed,
      ),
      expressions: ['expression'],
      literals: ['cases'],
      ports: ({ cases }) => [...(cases ?? []).map(({ name }) => name), 'otherwise'],
      async run({ scope, signal }, { expression, cases }) {
        const value = (await expressions.evaluate(expression, scope, signal)) ?? null;
        const text = JSON.stringify(value);
        const chosen = cases.find(({ equals }) => JSON.stringify(equals) === text);
        return { output: value, port: chosen?.name ?? 'otherwise' };
      },
    }),
    defineStep<{ expression: string }>({
      type: 'transform',
      computes: true,
      title: 'Transform',
      description: 'Makes a new value by a JSONata expression over input, steps, item and index.',
      config: Type.Object({ expression: Expression }, closed),
      expressions: ['expression'],
      async run({ scope, signal }, { expression }) {
        const output = await expressions.evaluate(expression, scope, signal);
        if (output === undefined)
          throw MissingValue.with({
            detail: 'The expression has no value: something that it names is not there.',
            reason: 'expression',
          });
        return { output };
      },
    }),
  ];
}

/** Nothing, zero, an empty text or list and `false` are not true. */
function isTrue(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : Boolean(value);
}
