import { type Static, Type } from 'typebox';
import { failureFields } from '../../platform/http/failure.schema.ts';

const nullable = <S extends Parameters<typeof Type.Union>[0][number]>(schema: S) =>
  Type.Union([schema, Type.Null()]);
const Time = Type.String({ format: 'date-time' });

export const ExportParams = Type.Object({ export_id: Type.String({ format: 'uuid' }) });
export const ExportView = Type.Object({
  id: Type.String(),
  status: Type.Union([
    Type.Literal('waiting'),
    Type.Literal('running'),
    Type.Literal('ready'),
    Type.Literal('failed'),
    Type.Literal('expired'),
  ]),
  size_bytes: nullable(Type.Integer()),
  created_at: Time,
  finished_at: nullable(Time),
  expires_at: nullable(Time),
  error: nullable(Type.Object(failureFields)),
});
export const ExportList = Type.Object({
  items: Type.Array(ExportView),
  next_cursor: nullable(Type.String()),
});

export const DeletionBody = Type.Object(
  { confirm_email: Type.String({ minLength: 1, maxLength: 320 }) },
  { additionalProperties: false },
);
export const DeletionScheduled = Type.Object({ scheduled_for: Time });
export const DeletionState = Type.Object({
  scheduled_for: nullable(Time),
  requested_at: nullable(Time),
  requested_by: nullable(Type.Union([Type.Literal('you'), Type.Literal('administrator')])),
  /** Days between the wish and the deletion, by policy. */
  grace_days: Type.Integer(),
});

export const ProofParams = Type.Object({ proof_id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$' }) });
export const ProofStatement = Type.Object({
  proof_id: Type.String(),
  /** The id under which events of the account stay. */
  pseudonym: Type.String(),
  asked_at: Time,
  asked_by: Type.Union([Type.Literal('person'), Type.Literal('administrator')]),
  access_ended_at: Time,
  deleted_at: Time,
  erased: Type.Record(Type.String(), Type.Integer()),
  audit_chain: nullable(Type.Object({ position: Type.Integer(), hash: Type.String() })),
});
export const DeletionProof = Type.Object({
  statement: ProofStatement,
  signature: Type.Object({
    algorithm: Type.Literal('HMAC-SHA256'),
    key_id: Type.String(),
    value: Type.String(),
    /** Checked now, with the keys of this installation. */
    valid: Type.Boolean(),
  }),
});

const Wording = Type.Object({ title: Type.String(), text: Type.String() });
const Decision = Type.Object({ version: Type.Integer(), granted: Type.Boolean(), decided_at: Time });
export const ConsentList = Type.Object({
  items: Type.Array(
    Type.Object({
      purpose: Type.String(),
      version: Type.Integer(),
      wording: Type.Object({ en: Wording, de: Wording }),
      granted: Type.Boolean(),
      decided_at: nullable(Time),
      /** Newest first. */
      history: Type.Array(Decision),
    }),
  ),
  next_cursor: nullable(Type.String()),
});
export const ConsentBody = Type.Object(
  {
    purpose: Type.String({ minLength: 1, maxLength: 100 }),
    granted: Type.Boolean(),
    /** Of the text that was read. */
    version: Type.Integer({ minimum: 1 }),
  },
  { additionalProperties: false },
);

export type ExportView = Static<typeof ExportView>;
export type DeletionState = Static<typeof DeletionState>;
export type ProofStatement = Static<typeof ProofStatement>;
export type DeletionProof = Static<typeof DeletionProof>;
export type ConsentList = Static<typeof ConsentList>;
export type ConsentDecision = Static<typeof ConsentBody>;
