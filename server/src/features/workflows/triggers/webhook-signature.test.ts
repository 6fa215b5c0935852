import { createHmac } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { Secret } from '../../../platform/crypto/secret.ts';
import { checkSignature, type WebhookHeaders } from './webhook-signature.ts';

const key = Buffer.alloc(32, 7);
const secret = new Secret(`whsec_${key.toString('base64')}`);
const body = Buffer.from('{"n": 1}');
const now = new Date('2026-03-01T12:00:00Z');
const seconds = now.getTime() / 1_000;

const sign = (id: string, timestamp: string | number): string =>
  `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest('base64')}`;
const headers = (over: Partial<WebhookHeaders> = {}): WebhookHeaders => {
  const { id = 'msg_1', timestamp = String(seconds) } = over;
  return { id, timestamp, signature: sign(id, timestamp), ...over };
};
const outcome = (given: WebhookHeaders): string => {
  try {
    checkSignature(secret, given, body, now);
    return 'accepted';
  } catch (error) {
    return (error as { code: string }).code;
  }
};

describe('the time of a webhook', () => {
  test.each([
    [-300, 'accepted'],
    [300, 'accepted'],
    [-301, 'workflows.webhook_stale'],
    [301, 'workflows.webhook_stale'],
  ])('%i seconds from now: %s', (difference, expected) => {
    expect(outcome(headers({ timestamp: String(seconds + difference) }))).toBe(expected);
  });

  test('is signed: another one under the same signature is refused', () => {
    const old = headers({ timestamp: String(seconds - 3_600) });
    expect(outcome({ ...old, timestamp: String(seconds) })).toBe('workflows.webhook_refused');
  });

  test('is not talked about before the signature is right', () => {
    const signature = `v1,${Buffer.alloc(32).toString('base64')}`;
    expect(outcome(headers({ timestamp: '1', signature }))).toBe('workflows.webhook_refused');
  });
});

describe('the signature of a webhook', () => {
  test('counts wherever it stands among several, as while a sender changes its secret', () => {
    const { signature } = headers();
    const other = `v1,${Buffer.alloc(32).toString('base64')}`;
    expect(outcome(headers({ signature: `${other} v2,abc ${signature}` }))).toBe('accepted');
    expect(outcome(headers({ signature: `${other} ${other}` }))).toBe('workflows.webhook_refused');
  });

  test('of another version or without one does not count', () => {
    const bare = headers().signature.slice('v1,'.length);
    for (const signature of [bare, `v2,${bare}`, `v1a,${bare}`, `v1,${bare}=`, ''])
      expect(outcome(headers({ signature }))).toBe('workflows.webhook_refused');
  });

  test('covers the id, and does not make up for one that is none', () => {
    expect(outcome({ ...headers(), id: 'msg_2' })).toBe('workflows.webhook_refused');
    for (const id of ['', 'a b', 'x'.repeat(201), 'a\n'])
      expect(outcome(headers({ id })), id).toBe('workflows.webhook_refused');
    for (const timestamp of ['', '-5', '1e9', `${seconds}.5`, `0x${seconds.toString(16)}`])
      expect(outcome(headers({ timestamp })), timestamp).toBe('workflows.webhook_refused');
  });
});
