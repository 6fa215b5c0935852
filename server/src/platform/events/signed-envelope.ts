import { createHmac } from 'node:crypto';
import { equalInConstantTime, type KeyRing } from '../crypto/key-ring.ts';
import type { BusMessage } from './event-bus.ts';

interface Envelope extends BusMessage {
  from: string;
}

/**
 * Writes a message for a carrier that others may write to as well: viewers are shown what the bus says, so whoever can
 * reach the carrier must not be able to speak on it, and a second installation on the same one is not heard.
 */
export function sealEnvelope(keys: KeyRing, envelope: Envelope): string {
  const text = JSON.stringify(envelope);
  const { id, bytes } = keys.current('bus');
  return `${id}.${sign(bytes, text)}.${text}`;
}

/** The message, or `undefined` when it is not of this installation. */
export function openEnvelope(keys: KeyRing, sealed: string): Envelope | undefined {
  const [id = '', signature = ''] = sealed.split('.', 2);
  const key = keys.find('bus', id);
  const text = sealed.slice(id.length + signature.length + 2);
  if (!key || !equalInConstantTime(signature, sign(key.bytes, text))) return undefined;
  return JSON.parse(text) as Envelope;
}

function sign(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('base64url');
}
