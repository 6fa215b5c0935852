import { type Static, Type } from 'typebox';
import type { AdminAlertRow, AlertRow } from './alerts.queries.ts';
import { explainAlert } from './explanation.ts';

const Timestamp = Type.String({ format: 'date-time' });
const Uuid = Type.String({ format: 'uuid' });
export const AlertKind = Type.Union([
  Type.Literal('new_device'),
  Type.Literal('new_country'),
  Type.Literal('impossible_travel'),
  Type.Literal('burst'),
  Type.Literal('unusual_hour'),
  Type.Literal('password_spraying'),
]);
const Decision = Type.Union([Type.Literal('confirmed'), Type.Literal('denied')]);
const optionalNumber = Type.Optional(Type.Number());
const optionalText = Type.Optional(Type.String());

const alertFields = {
  id: Uuid,
  kind: AlertKind,
  severity: Type.Union([Type.Literal('info'), Type.Literal('warning'), Type.Literal('critical')]),
  response: Type.Union([Type.Literal('notify'), Type.Literal('step_up'), Type.Literal('block')]),
  created_at: Timestamp,
  explanation: Type.String({ description: 'What happened, in plain words.' }),
  facts: Type.Object({
    signals: Type.Array(AlertKind),
    country: optionalText,
    previous_country: optionalText,
    device: optionalText,
    address: optionalText,
    distance_km: optionalNumber,
    minutes: optionalNumber,
    sign_ins: optionalNumber,
    failures: optionalNumber,
    within_minutes: optionalNumber,
    hour: optionalNumber,
    time_zone: optionalText,
    accounts: optionalNumber,
    networks: optionalNumber,
    attempts: optionalNumber,
  }),
  session: Type.Union([Type.Object({ id: Uuid, live: Type.Boolean() }), Type.Null()]),
  device_id: Type.Union([Uuid, Type.Null()]),
  decision: Type.Union([Decision, Type.Null()]),
  decided_at: Type.Union([Timestamp, Type.Null()]),
};
export const Alert = Type.Object(alertFields);
const nextCursor = Type.Union([Uuid, Type.Null()]);
export const AlertList = Type.Object({ items: Type.Array(Alert), next_cursor: nextCursor });
const AdminAlert = Type.Object({
  ...alertFields,
  user: Type.Union([
    Type.Object({ id: Uuid, email: Type.String(), display_name: Type.String() }),
    Type.Null(),
  ]),
});
export const AdminAlertList = Type.Object({ items: Type.Array(AdminAlert), next_cursor: nextCursor });

const page = {
  cursor: Type.Optional(Uuid),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 50 })),
};
export const AlertQuery = Type.Object(page, { additionalProperties: false });
export const AdminAlertQuery = Type.Object(
  {
    ...page,
    kind: Type.Optional(AlertKind),
    decision: Type.Optional(Type.Union([Decision, Type.Literal('open')])),
  },
  { additionalProperties: false },
);

export function toAlert(row: AlertRow): Static<typeof Alert> {
  return {
    id: row.id,
    kind: row.kind,
    severity: row.severity,
    response: row.response,
    created_at: row.created_at.toISOString(),
    explanation: explainAlert({
      facts: row.facts,
      response: row.response,
      ofSystem: row.user_id === null,
    }),
    facts: { ...row.facts, ...(row.address === null ? {} : { address: row.address }) },
    session: row.session_id === null ? null : { id: row.session_id, live: row.session_live === true },
    device_id: row.device_id,
    decision: row.decision,
    decided_at: row.decided_at?.toISOString() ?? null,
  };
}

export function toAdminAlert(row: AdminAlertRow): Static<typeof AdminAlert> {
  const { user_id: id, email, display_name: displayName } = row;
  const user = id === null || email === null ? null : { id, email, display_name: displayName ?? '' };
  return { ...toAlert(row), user };
}

/** One row more than the page was read: it says whether there is a next one. */
export function cutPage<Row extends { id: string }>(
  rows: Row[],
  limit: number,
): { rows: Row[]; nextCursor: string | null } {
  const shown = rows.slice(0, limit);
  return { rows: shown, nextCursor: rows.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
