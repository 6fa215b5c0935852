import { Type } from 'typebox';
import { Check, Errors } from 'typebox/value';
import type { WorkflowTool } from '../../../platform/tools/tool.ts';
import type { SettingProblem } from '../definitions/problem-codes.ts';
import { ConfigInvalid } from '../workflows.errors.ts';
import { defineStep } from './step-type.ts';

interface ToolConfig {
  tool: string;
  input?: Record<string, unknown>;
}

/** That a setting names a tool that there is not. */
export function noTool(field: string, name: string): SettingProblem {
  const tool = name.slice(0, 60);
  return { field, detail: `There is no tool "${tool}".`, reason: 'no_tool', params: { tool } };
}

/** Uses a tool of this program, as the owner of the run. */
export function toolStep(tools: readonly WorkflowTool[]) {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));
  if (byName.size < tools.length) throw new Error('Two tools have the same name.');
  return defineStep<ToolConfig>({
    type: 'tool',
    title: 'Use a tool',
    description: 'Uses a tool of this program, with your own rights. Tools that write wait for an approval.',
    config: Type.Object(
      {
        tool: Type.String({ minLength: 1, maxLength: 100 }),
        input: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
      },
      { additionalProperties: false },
    ),
    literals: ['tool'],
    writes: ({ tool }) => {
      const known = byName.get(tool);
      return known?.needsApproval ?? known?.writes ?? false;
    },
    check: ({ tool }) => (byName.has(tool) ? [] : [noTool('tool', tool)]),
    async run({ ownerId, workflowId, runId, choice, effectKey, signal }, { tool, input = {} }) {
      const known = byName.get(tool);
      if (!known)
        throw ConfigInvalid.with({
          detail: `There is no tool "${tool}".`,
          reason: 'no_tool',
          params: { tool },
        });
      if (!Check(known.input, input)) {
        const [first] = Errors(known.input, input);
        const where = first?.instancePath.slice(1).replaceAll('/', '.') || 'input';
        throw ConfigInvalid.with({ detail: `The tool does not take this: ${where} ${first?.message ?? ''}` });
      }
      const origin = { kind: 'workflow' as const, workflowId, runId };
      const chosen = choice ? { documents: choice.scope, web: choice.web_search } : {};
      const context = { ownerId, origin, idempotencyKey: effectKey, signal, ...chosen };
      return { output: (await known.run(context, input as never)) ?? null };
    },
  });
}
