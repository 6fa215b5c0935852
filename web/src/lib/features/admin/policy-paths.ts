import type { SecurityPolicy } from '@aiwfe/api-client';

type SecondFactorPath = `second_factor.${keyof SecurityPolicy['second_factor']}`;
type AnomalyPath = `anomalies.${keyof SecurityPolicy['anomalies']}`;
type SinglePath = Exclude<keyof SecurityPolicy, 'second_factor' | 'anomalies'>;
/** One setting of the policy. */
export type PolicyPath = SinglePath | SecondFactorPath | AnomalyPath;

export const secondFactorPaths = [
  'second_factor.user',
  'second_factor.admin',
  'second_factor.superuser',
] as const;
export const anomalyPaths = [
  'anomalies.new_device',
  'anomalies.new_country',
  'anomalies.impossible_travel',
  'anomalies.burst',
  'anomalies.unusual_hour',
  'anomalies.password_spraying',
] as const;
export const policyPaths: readonly PolicyPath[] = [
  'registration',
  'require_verified_email',
  ...secondFactorPaths,
  'second_factor_grace_days',
  'remember_device_days',
  'max_sessions_per_user',
  ...anomalyPaths,
  'audit_retention_days',
  'deletion_grace_days',
];

/** What holds until somebody decides otherwise; the two that are missing come from the settings of the server. */
export const policyDefaults: Partial<Record<PolicyPath, unknown>> = {
  require_verified_email: false,
  'second_factor.user': 'optional',
  'second_factor.admin': 'optional',
  'second_factor.superuser': 'optional',
  second_factor_grace_days: 7,
  remember_device_days: 30,
  'anomalies.new_device': 'notify',
  'anomalies.new_country': 'notify',
  'anomalies.impossible_travel': 'step_up',
  'anomalies.burst': 'notify',
  'anomalies.unusual_hour': 'notify',
  'anomalies.password_spraying': 'notify',
  audit_retention_days: 400,
  deletion_grace_days: 14,
};

type Tree = Record<string, unknown>;

export function valueAt(policy: object, path: PolicyPath): unknown {
  return path.split('.').reduce<unknown>((value, name) => (value as Tree | undefined)?.[name], policy);
}

/** A copy in which `path` has this value. */
export function withValue<Whole extends object>(whole: Whole, path: PolicyPath, value: unknown): Whole {
  const [first = '', second] = path.split('.');
  const inner = second === undefined ? value : { ...((whole as Tree)[first] as Tree), [second]: value };
  return { ...whole, [first]: inner };
}

/** The settings in which two policies differ. */
export function changedPaths(before: SecurityPolicy, after: SecurityPolicy): PolicyPath[] {
  return policyPaths.filter((path) => valueAt(before, path) !== valueAt(after, path));
}
