import type { AuthenticationResponseJSON, RegistrationResponseJSON } from '@simplewebauthn/server';
import { type Static, Type } from 'typebox';
import type { RelyingParty } from './relying-party.ts';

const Base64Url = (maxLength: number) => Type.String({ pattern: '^[\\w-]*$', maxLength });
const credential = {
  id: Base64Url(2_000),
  rawId: Base64Url(2_000),
  type: Type.Literal('public-key'),
  authenticatorAttachment: Type.Optional(Type.Union([Type.String({ maxLength: 40 }), Type.Null()])),
  clientExtensionResults: Type.Optional(Type.Object({})),
};
// Browsers decide what else is in these, and newer ones add to it: what is not read here is ignored.
/** `PublicKeyCredential.toJSON()` of a new passkey (WebAuthn §5.1.8). */
export const RegistrationJson = Type.Object({
  ...credential,
  response: Type.Object({
    clientDataJSON: Base64Url(4_000),
    attestationObject: Base64Url(40_000),
    transports: Type.Optional(Type.Array(Type.String({ maxLength: 40 }), { maxItems: 10 })),
  }),
});
/** `PublicKeyCredential.toJSON()` of a passkey in use. */
export const AssertionJson = Type.Object({
  ...credential,
  response: Type.Object({
    clientDataJSON: Base64Url(4_000),
    authenticatorData: Base64Url(4_000),
    signature: Base64Url(8_000),
    userHandle: Type.Optional(Type.Union([Base64Url(200), Type.Null()])),
  }),
});
export type RegistrationJson = Static<typeof RegistrationJson>;
export type AssertionJson = Static<typeof AssertionJson>;

/** The library comes with the first ceremony: it holds as much memory as the rest of identity together. */
export const loadLibrary = () => import('@simplewebauthn/server');

/** EdDSA, ES256, RS256: what authenticators in use have. */
export const supportedAlgorithms = [-8, -7, -257];
const userVerifiedFlag = 0x04;
const flagsOffset = 32;

/** Why an answer was not accepted; recorded, and never more exact to the client than its sentence. */
export type RefusalReason =
  | 'unknown_credential'
  | 'user_handle'
  | 'ceremony'
  | 'challenge'
  | 'origin'
  | 'cross_origin'
  | 'user_verification'
  | 'authenticator_data'
  | 'signature'
  | 'backup_eligibility';

export type Verdict<Facts> = { facts: Facts } | { reason: RefusalReason; cause?: unknown };

export interface NewCredential {
  credentialId: Buffer;
  publicKey: Buffer;
  signCount: number;
  aaguid: string;
  backupEligible: boolean;
  backedUp: boolean;
}

/** Verifies a new passkey (WebAuthn L3 §7.1). User verification is asked of it when it is used, not here. */
export async function judgeRegistration(
  response: RegistrationJson,
  expected: { challenge: string; party: RelyingParty },
): Promise<Verdict<NewCredential>> {
  const reason = judgeClientData(response.response.clientDataJSON, 'webauthn.create', expected);
  if (reason) return { reason };
  const { verifyRegistrationResponse } = await loadLibrary();
  try {
    const { registrationInfo: info } = await verifyRegistrationResponse({
      // The schema above has checked every field that is read.
      response: { clientExtensionResults: {}, ...response } as RegistrationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.party.origin,
      expectedRPID: expected.party.id,
      requireUserVerification: false,
      supportedAlgorithmIDs: supportedAlgorithms,
    });
    if (!info) return { reason: 'signature' };
    const credentialId = Buffer.from(info.credential.id, 'base64url');
    // What the authenticator signed and what the browser said must be the same passkey.
    if (!credentialId.equals(Buffer.from(response.rawId, 'base64url')))
      return { reason: 'authenticator_data' };
    return {
      facts: {
        credentialId,
        publicKey: Buffer.from(info.credential.publicKey),
        signCount: info.credential.counter,
        aaguid: info.aaguid,
        backupEligible: info.credentialDeviceType === 'multiDevice',
        backedUp: info.credentialBackedUp,
      },
    };
  } catch (cause) {
    return { reason: 'authenticator_data', cause };
  }
}

export interface Assertion {
  signCount: number;
  userVerified: boolean;
  backedUp: boolean;
}

/**
 * Verifies a use of a passkey (WebAuthn L3 §7.2) but for its counter: that is compared where it is stored, so that of
 * two uses at once one wins.
 */
export async function judgeAssertion(
  response: AssertionJson,
  expected: {
    challenge: string;
    party: RelyingParty;
    publicKey: Buffer;
    backupEligible: boolean;
    userVerification: 'required' | 'preferred';
  },
): Promise<Verdict<Assertion>> {
  const reason = judgeClientData(response.response.clientDataJSON, 'webauthn.get', expected);
  if (reason) return { reason };
  const required = expected.userVerification === 'required';
  const flags = Buffer.from(response.response.authenticatorData, 'base64url')[flagsOffset] ?? 0;
  if (required && (flags & userVerifiedFlag) === 0) return { reason: 'user_verification' };
  const { verifyAuthenticationResponse } = await loadLibrary();
  try {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: { clientExtensionResults: {}, ...response } as AuthenticationResponseJSON,
      expectedChallenge: expected.challenge,
      expectedOrigin: expected.party.origin,
      expectedRPID: expected.party.id,
      requireUserVerification: required,
      credential: { id: response.id, publicKey: new Uint8Array(expected.publicKey), counter: 0 },
    });
    if (!verified) return { reason: 'signature' };
    // It is fixed when a passkey is made (§6.1.3): another value is another passkey.
    if ((info.credentialDeviceType === 'multiDevice') !== expected.backupEligible)
      return { reason: 'backup_eligibility' };
    return {
      facts: {
        signCount: info.newCounter,
        userVerified: info.userVerified,
        backedUp: info.credentialBackedUp,
      },
    };
  } catch (cause) {
    return { reason: 'authenticator_data', cause };
  }
}

/** The browser's part: which ceremony, for which challenge, on which page (§5.8.1). */
function judgeClientData(
  text: string,
  ceremony: 'webauthn.create' | 'webauthn.get',
  expected: { challenge: string; party: RelyingParty },
): RefusalReason | undefined {
  const data = parseObject(Buffer.from(text, 'base64url').toString('utf8'));
  if (data?.type !== ceremony) return 'ceremony';
  if (data.challenge !== expected.challenge) return 'challenge';
  if (data.origin !== expected.party.origin) return 'origin';
  // No page may use our passkeys from inside a frame of another site.
  return data.crossOrigin === true || data.topOrigin !== undefined ? 'cross_origin' : undefined;
}

function parseObject(text: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    // Not JSON: refused like any other client data that is not what it should be.
    return undefined;
  }
}

/** The account in the passkey: its id, which names nobody (§14.6.1). */
export function userHandleOf(userId: string): Buffer {
  return Buffer.from(userId.replaceAll('-', ''), 'hex');
}
