import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OwnEvent } from '@aiwfe/api-client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { messages as english } from '#lib/messages/en/index.ts';
import { texts } from '#lib/messages/translate.svelte.ts';
import { activityFacts, activitySentence } from './activity-words.ts';

const event = (more: Partial<OwnEvent>): OwnEvent => ({
  id: '019aa000-0000-7000-8000-000000000001',
  occurred_at: '2026-11-20T10:00:00Z',
  action: 'sign_in',
  outcome: 'success',
  factor: null,
  code: null,
  address: null,
  user_agent_label: null,
  country: null,
  session_id: null,
  device_id: null,
  details: {},
  by: 'you',
  ...more,
});

beforeAll(() => texts.use('en'));
afterAll(() => texts.use('en'));

describe('activity in words', () => {
  it('has a sentence for each action of a person that the product records', () => {
    const table = readFileSync(join(import.meta.dirname, '../../../../../docs/audit-events.md'), 'utf8');
    const actions = [...table.matchAll(/^\| `([a-z_.]+)` \|.*\| (.*) \|$/gm)]
      .filter(([, , by]) => /person|anybody|system/.test(by ?? ''))
      .map(([, action]) => action);
    expect(actions.length).toBeGreaterThan(30);
    expect(actions.filter((action) => !(`security.action.${action}` in english))).toEqual([]);
  });

  it('shows the code of an action that it does not know', () => {
    expect(activitySentence(event({ action: 'toaster.burnt' }))).toBe('toaster.burnt');
  });

  it('says that an attempt was refused, and why', () => {
    const refused = event({ outcome: 'failure', code: 'auth.invalid_credentials', by: 'unknown' });
    expect(activitySentence(refused)).toBe('An attempt to sign in was refused');
    expect(activityFacts(refused)).toContain('the password was wrong');
    expect(activitySentence(event({ action: 'device.trusted', outcome: 'failure' }))).toMatch(/^Refused: /);
  });

  it('says with what and from where', () => {
    const facts = activityFacts(
      event({
        factor: 'password+totp',
        country: 'PT',
        address: '192.0.2.7',
        user_agent_label: 'Firefox on Linux',
      }),
    );
    expect(facts).toEqual([
      'with password and authenticator app',
      'Firefox on Linux',
      'Portugal',
      '192.0.2.7',
    ]);
  });
});
