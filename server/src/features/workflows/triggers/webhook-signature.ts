import { createHmac } from 'node:crypto';
import { equalInConstantTime } from '../../../platform/crypto/key-ring.ts';
import type { Secret } from '../../../platform/crypto/secret.ts';
import { WebhookRefused, WebhookStale } from '../workflows.errors.ts';

const toleranceSeconds = 300;

/** The headers of the Standard Webhooks specification. */
export interface WebhookHeaders {
  id: string;
  timestamp: string;
  /** One or several `v1,<base64>`. */
  signature: string;
}

/** Throws `workflows.webhook_refused` or, once the signature is right, `workflows.webhook_stale`. */
export function checkSignature(secret: Secret, headers: WebhookHeaders, body: Buffer, now: Date): void {
  const { id, timestamp, signature } = headers;
  const isShaped = /^[\w.:-]{1,200}$/.test(id) && /^\d{1,12}$/.test(timestamp) && signature.length <= 2_000;
  const expected = createHmac('sha256', Buffer.from(secret.reveal().replace(/^whsec_/, ''), 'base64'))
    .update(`${id}.${timestamp}.`)
    .update(body)
    .digest('base64');
  const fits = signature.split(' ').some((one) => equalInConstantTime(one, `v1,${expected}`));
  if (!isShaped || !fits) throw WebhookRefused.with();
  if (Math.abs(now.getTime() / 1_000 - Number(timestamp)) > toleranceSeconds) throw WebhookStale.with();
}
