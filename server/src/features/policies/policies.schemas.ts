import { type Static, Type } from 'typebox';

export const RegistrationPolicy = Type.Union([
  Type.Literal('open'),
  Type.Literal('invitation'),
  Type.Literal('approval'),
  Type.Literal('closed'),
]);
export type RegistrationPolicy = Static<typeof RegistrationPolicy>;

const FactorDemand = Type.Union([Type.Literal('optional'), Type.Literal('required')]);
const AnomalyResponse = Type.Union([
  Type.Literal('ignore'),
  Type.Literal('notify'),
  Type.Literal('step_up'),
  Type.Literal('block'),
]);
export type AnomalyResponse = Static<typeof AnomalyResponse>;

const secondFactorOfRoles = { user: FactorDemand, admin: FactorDemand, superuser: FactorDemand };
const responsesToAnomalies = {
  new_device: AnomalyResponse,
  new_country: AnomalyResponse,
  impossible_travel: AnomalyResponse,
  burst: AnomalyResponse,
  unusual_hour: AnomalyResponse,
  password_spraying: AnomalyResponse,
};
export type AnomalyKind = keyof typeof responsesToAnomalies;

const days = (maximum: number) => Type.Integer({ minimum: 0, maximum });
const single = {
  registration: RegistrationPolicy,
  require_verified_email: Type.Boolean(),
  second_factor_grace_days: days(90),
  remember_device_days: days(90),
  max_sessions_per_user: Type.Integer({ minimum: 1, maximum: 100 }),
  audit_retention_days: days(3_650),
  deletion_grace_days: days(90),
};

/** What administrators decide about sign-in and evidence. */
export const SecurityPolicyBody = Type.Object({
  ...single,
  second_factor: Type.Object(secondFactorOfRoles),
  anomalies: Type.Object(responsesToAnomalies),
});
export type SecurityPolicy = Static<typeof SecurityPolicyBody>;

const strict = { additionalProperties: false } as const;
/** Any part of it; what is not named stays. */
export const SecurityPolicyChange = Type.Partial(
  Type.Object({
    ...single,
    second_factor: Type.Partial(Type.Object(secondFactorOfRoles), strict),
    anomalies: Type.Partial(Type.Object(responsesToAnomalies), strict),
  }),
  strict,
);
export type SecurityPolicyChange = Static<typeof SecurityPolicyChange>;
