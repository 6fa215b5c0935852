import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import type { KeyRing } from './key-ring.ts';
import { Secret } from './secret.ts';

/** Encrypts third-party keys at rest: AES-256-GCM, 96-bit random nonce, key id in the text (`v1.keyId.nonce.tag.data`). */
export interface SecretBox {
  /** `context` binds the text to its place (table, row): it opens only with the same one. */
  seal(plain: Secret, context: string): string;
  /** Throws when the text was changed, moved to another context, or its key is gone. */
  open(sealed: string, context: string): Secret;
}

export function createSecretBox(keys: KeyRing): SecretBox {
  return {
    seal(plain, context) {
      const key = keys.current('data');
      const nonce = randomBytes(12);
      const cipher = createCipheriv('aes-256-gcm', key.bytes, nonce).setAAD(Buffer.from(context));
      const data = Buffer.concat([cipher.update(plain.reveal(), 'utf8'), cipher.final()]);
      return [
        'v1',
        key.id,
        ...[nonce, cipher.getAuthTag(), data].map((part) => part.toString('base64url')),
      ].join('.');
    },
    open(sealed, context) {
      const [version, keyId, nonce, tag, data] = sealed.split('.');
      const key = keyId === undefined ? undefined : keys.find('data', keyId);
      if (version !== 'v1' || !key || !nonce || !tag || data === undefined)
        throw new Error('A stored secret cannot be opened: its key is not configured any more.');
      const decipher = createDecipheriv('aes-256-gcm', key.bytes, Buffer.from(nonce, 'base64url'), {
        authTagLength: 16,
      })
        .setAAD(Buffer.from(context))
        .setAuthTag(Buffer.from(tag, 'base64url'));
      const plain = Buffer.concat([decipher.update(Buffer.from(data, 'base64url')), decipher.final()]);
      return new Secret(plain.toString('utf8'));
    },
  };
}
