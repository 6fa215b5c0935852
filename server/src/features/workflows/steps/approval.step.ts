import { Type } from 'typebox';
import { validate as isUuid } from 'uuid';
import { ConfigInvalid } from '../workflows.errors.ts';
import { defineStep, type Resolution, type StepOutcome } from './step-type.ts';

interface ApprovalConfig {
  title: unknown;
  detail?: unknown;
  data?: unknown;
  assignee_id?: unknown;
  expires_in_seconds?: number;
  escalate_to?: unknown;
}

/** Waits for a person's decision. */
export const approvalStep = (clock: () => Date) =>
  defineStep<ApprovalConfig>({
    type: 'approval',
    title: 'Approval',
    description:
      'Waits until a person decides, and goes on at "approved" or "rejected". What expires goes to somebody else where that is set, and is rejected otherwise.',
    config: Type.Object(
      {
        title: Type.String({ minLength: 1, maxLength: 500 }),
        detail: Type.Optional(Type.String({ maxLength: 20_000 })),
        data: Type.Optional(Type.Unknown()),
        assignee_id: Type.Optional(Type.String({ maxLength: 300 })),
        expires_in_seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 400 * 86_400 })),
        escalate_to: Type.Optional(Type.String({ maxLength: 300 })),
      },
      { additionalProperties: false },
    ),
    ports: () => ['approved', 'rejected'],
    async run(_context, config) {
      const { expires_in_seconds: seconds } = config;
      const approval = {
        title: textOf(config.title).slice(0, 500),
        detail: textOf(config.detail ?? '').slice(0, 20_000),
        data: config.data ?? null,
        assigneeId: personOf(config.assignee_id, 'assignee_id'),
        expiresAt: seconds === undefined ? null : new Date(clock().getTime() + seconds * 1_000),
        escalateTo: personOf(config.escalate_to, 'escalate_to'),
      };
      return { waits: { kind: 'approval', approval } };
    },
    async resume(_context, _config, resolution) {
      return decided(resolution);
    },
  });

function decided(resolution: Resolution): StepOutcome {
  if (resolution.kind !== 'approval')
    throw new Error(`An approval cannot be resolved by ${resolution.kind}.`);
  const { decision, comment, by } = resolution;
  const port = decision === 'approved' ? 'approved' : 'rejected';
  return { output: { decision, comment, decided_by: by }, port };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function personOf(value: unknown, field: string): string | null {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'string' && isUuid(value)) return value.toLowerCase();
  throw ConfigInvalid.with({ detail: `"${field}" is not the id of a person.` });
}
