import { Type } from 'typebox';
import { validate as isUuid } from 'uuid';
import { ChildRunFailed, ConfigInvalid } from '../workflows.errors.ts';
import { defineStep } from './step-type.ts';

interface SubWorkflowConfig {
  workflow_id: unknown;
  input?: unknown;
}

/** Runs another workflow of the same owner and goes on with its output. */
export const subWorkflowStep = defineStep<SubWorkflowConfig>({
  type: 'sub_workflow',
  title: 'Sub-workflow',
  description: 'Runs another of your workflows and goes on with its output. How deep this may go is limited.',
  config: Type.Object(
    { workflow_id: Type.String({ minLength: 1, maxLength: 300 }), input: Type.Optional(Type.Unknown()) },
    { additionalProperties: false },
  ),
  async run(_context, { workflow_id: workflowId, input }) {
    if (typeof workflowId !== 'string' || !isUuid(workflowId))
      throw ConfigInvalid.with({ detail: '"workflow_id" is not the id of a workflow.' });
    return { waits: { kind: 'child', workflowId: workflowId.toLowerCase(), input: input ?? {} } };
  },
  async resume(_context, _config, resolution) {
    if (resolution.kind !== 'child')
      throw new Error(`A sub-workflow cannot be resolved by ${resolution.kind}.`);
    if (resolution.status === 'succeeded') return { output: resolution.output };
    const reason = (resolution.error as { detail?: string } | null)?.detail ?? `It was ${resolution.status}.`;
    throw ChildRunFailed.with({ detail: `The sub-workflow did not succeed: ${reason}` });
  },
});
