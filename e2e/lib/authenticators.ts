import { createHmac } from 'node:crypto';
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';

/** Gives the page a built-in authenticator that checks its holder and answers at once. */
export async function addAuthenticator(context: BrowserContext, page: Page): Promise<void> {
  const session = await context.newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const stepMs = 30_000;

function decodeBase32(text: string): Buffer {
  const bits = [...text].map((letter) => alphabet.indexOf(letter).toString(2).padStart(5, '0')).join('');
  return Buffer.from(bits.match(/.{8}/g)?.map((byte) => Number.parseInt(byte, 2)) ?? []);
}

/** An authenticator app (RFC 6238, SHA-1) that never shows the same code twice: used ones are refused (S10). */
export class AuthenticatorApp {
  readonly #key: Buffer;
  #lastStep = 0;

  constructor(secret: string) {
    this.#key = decodeBase32(secret.replace(/\s/g, ''));
  }

  async nextCode(): Promise<string> {
    const currentStep = (): number => Math.floor(Date.now() / stepMs);
    // The server takes the codes of one step before and after: this one, and the one that follows it at once.
    const step = Math.max(this.#lastStep + 1, currentStep());
    await expect.poll(() => step <= currentStep() + 1, { timeout: 2 * stepMs }).toBe(true);
    this.#lastStep = step;
    const counter = Buffer.alloc(8);
    counter.writeBigUInt64BE(BigInt(step));
    const hash = createHmac('sha1', this.#key).update(counter).digest();
    const offset = (hash.at(-1) ?? 0) & 15;
    return String((hash.readUInt32BE(offset) & 0x7fff_ffff) % 1_000_000).padStart(6, '0');
  }
}
