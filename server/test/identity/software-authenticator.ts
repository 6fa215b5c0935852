import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';

/** What `navigator.credentials.create` is given. */
export interface CreationOptions {
  challenge: string;
  rp: { id: string };
  user: { id: string; name: string };
  excludeCredentials?: { id: string }[];
}

/** What `navigator.credentials.get` is given. */
export interface RequestOptions {
  challenge: string;
  rpId: string;
  allowCredentials?: { id: string }[];
  userVerification?: string;
}

/** Lies that an attacker's browser or authenticator could tell. */
export interface Lies {
  origin?: string;
  rpId?: string;
  type?: string;
  challenge?: string;
  crossOrigin?: boolean;
  userVerified?: boolean;
  userPresent?: boolean;
  backupEligible?: boolean;
  counter?: number;
  userHandle?: string | null;
  credentialId?: string;
  /** Makes a new passkey under the id of another. */
  sameIdAs?: string;
  signature?: string;
}

interface StoredCredential {
  id: string;
  rpId: string;
  userHandle: string;
  privateKey: KeyObject;
  counter: number;
}

const flag = { userPresent: 0x01, userVerified: 0x04, backupEligible: 0x08, attested: 0x40 };

/** An authenticator with its browser, in software: ES256, attestation `none`, a counter, resident keys. */
export class SoftwareAuthenticator {
  readonly credentials: StoredCredential[] = [];
  readonly #origin: string;
  readonly #counts: boolean;

  constructor(options: { origin?: string; counts?: boolean } = {}) {
    this.#origin = options.origin ?? 'http://localhost:3000';
    this.#counts = options.counts ?? true;
  }

  create(options: CreationOptions, lies: Lies = {}) {
    const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const id = lies.sameIdAs === undefined ? randomBytes(32) : Buffer.from(lies.sameIdAs, 'base64url');
    const credential = {
      id: id.toString('base64url'),
      rpId: options.rp.id,
      userHandle: options.user.id,
      privateKey,
      counter: this.#counts ? 1 : 0,
    };
    this.credentials.push(credential);
    const { x, y } = publicKey.export({ format: 'jwk' });
    const coseKey = encodeCbor(
      new Map<number, unknown>([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, Buffer.from(x ?? '', 'base64url')],
        [-3, Buffer.from(y ?? '', 'base64url')],
      ]),
    );
    const length = Buffer.alloc(2);
    length.writeUInt16BE(id.length);
    const attested = Buffer.concat([Buffer.alloc(16), length, id, coseKey]);
    const authData = this.#authenticatorData(credential, lies, flag.attested, attested);
    return {
      id: credential.id,
      rawId: credential.id,
      type: 'public-key',
      clientExtensionResults: { credProps: { rk: true } },
      response: {
        clientDataJSON: this.#clientData('webauthn.create', options.challenge, lies),
        attestationObject: encodeCbor(
          new Map<string, unknown>([
            ['fmt', 'none'],
            ['attStmt', new Map()],
            ['authData', authData],
          ]),
        ).toString('base64url'),
        transports: ['internal'],
      },
    };
  }

  get(options: RequestOptions, lies: Lies = {}) {
    const credential = this.#choose(options);
    if (this.#counts) credential.counter += 1;
    const clientDataJSON = this.#clientData('webauthn.get', options.challenge, lies);
    const authenticatorData = this.#authenticatorData(credential, lies, 0, Buffer.alloc(0));
    const signed = Buffer.concat([authenticatorData, sha256(Buffer.from(clientDataJSON, 'base64url'))]);
    const id = lies.credentialId ?? credential.id;
    return {
      id,
      rawId: id,
      type: 'public-key',
      clientExtensionResults: {},
      response: {
        clientDataJSON,
        authenticatorData: authenticatorData.toString('base64url'),
        signature: lies.signature ?? sign('sha256', signed, credential.privateKey).toString('base64url'),
        userHandle: lies.userHandle === undefined ? credential.userHandle : lies.userHandle,
      },
    };
  }

  #choose(options: RequestOptions): StoredCredential {
    const allowed = options.allowCredentials?.map((entry) => entry.id);
    const found = this.credentials.find(
      (entry) => entry.rpId === options.rpId && (allowed === undefined || allowed.includes(entry.id)),
    );
    if (!found) throw new Error('The authenticator has no passkey that is asked for.');
    return found;
  }

  #clientData(type: string, challenge: string, lies: Lies): string {
    const data = {
      type: lies.type ?? type,
      challenge: lies.challenge ?? challenge,
      origin: lies.origin ?? this.#origin,
      crossOrigin: lies.crossOrigin ?? false,
    };
    return Buffer.from(JSON.stringify(data)).toString('base64url');
  }

  #authenticatorData(credential: StoredCredential, lies: Lies, flags: number, rest: Buffer): Buffer {
    const state = Buffer.alloc(5);
    state[0] =
      flags |
      (lies.userPresent === false ? 0 : flag.userPresent) |
      (lies.userVerified === false ? 0 : flag.userVerified) |
      (lies.backupEligible === true ? flag.backupEligible : 0);
    state.writeUInt32BE(lies.counter ?? credential.counter, 1);
    return Buffer.concat([sha256(Buffer.from(lies.rpId ?? credential.rpId)), state, rest]);
  }
}

function sha256(data: Buffer): Buffer {
  return createHash('sha256').update(data).digest();
}

/** As much of CBOR (RFC 8949) as authenticators write: integers, texts, bytes, maps. */
function encodeCbor(value: unknown): Buffer {
  if (typeof value === 'number') return value >= 0 ? cborHead(0, value) : cborHead(1, -1 - value);
  if (Buffer.isBuffer(value)) return Buffer.concat([cborHead(2, value.length), value]);
  if (typeof value === 'string') {
    const text = Buffer.from(value);
    return Buffer.concat([cborHead(3, text.length), text]);
  }
  if (value instanceof Map) {
    const entries = [...value].flatMap(([key, entry]) => [encodeCbor(key), encodeCbor(entry)]);
    return Buffer.concat([cborHead(5, value.size), ...entries]);
  }
  throw new Error('Authenticators write no such value.');
}

function cborHead(major: number, value: number): Buffer {
  if (value < 24) return Buffer.from([(major << 5) | value]);
  if (value < 256) return Buffer.from([(major << 5) | 24, value]);
  return Buffer.from([(major << 5) | 25, value >> 8, value & 0xff]);
}
