import type { SecurityPolicy } from '@aiwfe/api-client';
import { describe, expect, it } from 'vitest';
import { changedPaths, policyPaths, valueAt, withValue } from './policy-paths.ts';

const policy: SecurityPolicy = {
  registration: 'closed',
  require_verified_email: false,
  second_factor: { user: 'optional', admin: 'optional', superuser: 'optional' },
  second_factor_grace_days: 7,
  remember_device_days: 30,
  max_sessions_per_user: 20,
  anomalies: {
    new_device: 'notify',
    new_country: 'notify',
    impossible_travel: 'step_up',
    burst: 'notify',
    unusual_hour: 'notify',
    password_spraying: 'notify',
  },
  audit_retention_days: 400,
  deletion_grace_days: 14,
};

describe('settings of the policy by name', () => {
  it('covers every setting there is', () => {
    const all = Object.entries(policy).flatMap(([name, value]) =>
      typeof value === 'object' ? Object.keys(value).map((inner) => `${name}.${inner}`) : [name],
    );
    expect([...policyPaths].sort()).toEqual(all.sort());
  });

  it('changes one and leaves the others and the original alone', () => {
    const changed = withValue(policy, 'second_factor.admin', 'required');
    expect(valueAt(changed, 'second_factor.admin')).toBe('required');
    expect(valueAt(changed, 'second_factor.user')).toBe('optional');
    expect(valueAt(policy, 'second_factor.admin')).toBe('optional');
    expect(changedPaths(policy, changed)).toEqual(['second_factor.admin']);
  });

  it('builds a change that names nothing else', () => {
    const change = withValue(withValue({}, 'anomalies.burst', 'block'), 'registration', 'open');
    expect(change).toEqual({ anomalies: { burst: 'block' }, registration: 'open' });
  });
});
