import { type Static, Type } from 'typebox';

export const MetricsRange = Type.Union([
  Type.Literal('1h'),
  Type.Literal('24h'),
  Type.Literal('7d'),
  Type.Literal('30d'),
]);
export type MetricsRange = Static<typeof MetricsRange>;

export const MetricsQuery = Type.Object(
  { range: Type.Optional(MetricsRange) },
  { additionalProperties: false },
);

const Series = Type.Object({
  name: Type.Union([
    Type.Literal('sign_ins'),
    Type.Literal('failures'),
    Type.Literal('throttled'),
    Type.Literal('challenges'),
    Type.Literal('new_accounts'),
    Type.Literal('refreshes'),
  ]),
  points: Type.Array(Type.Tuple([Type.Integer(), Type.Integer()]), {
    description:
      'Unix seconds at which the span begins, and how often it happened in it; no span is left out.',
  }),
});

export const AuthenticationMetrics = Type.Object({
  range: MetricsRange,
  bucket_seconds: Type.Integer(),
  from: Type.String({ format: 'date-time' }),
  series: Type.Array(Series),
  totals: Type.Object({
    sign_ins: Type.Integer(),
    failures: Type.Integer(),
    throttled: Type.Integer(),
    challenges: Type.Integer(),
    new_accounts: Type.Integer(),
    refreshes: Type.Integer(),
    active_sessions: Type.Integer({ description: 'Now.' }),
  }),
  by_factor: Type.Array(
    Type.Object({ factor: Type.String(), sign_ins: Type.Integer(), failures: Type.Integer() }),
  ),
  sign_in_ms: Type.Union(
    [Type.Object({ count: Type.Integer(), median: Type.Number(), p95: Type.Number() }), Type.Null()],
    { description: 'Of the latest sign-ins of the process that answers; null before the first.' },
  ),
});
