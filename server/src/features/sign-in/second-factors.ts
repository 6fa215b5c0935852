import type { ClientFacts } from '../audit/index.ts';

export type SecondFactorMethod = 'totp' | 'passkey' | 'backup_code' | 'email_code';

/** What a person shows as a second factor. */
export interface SecondFactorProof {
  method: SecondFactorMethod;
  code?: string | undefined;
  /** Answer of the browser's WebAuthn API. */
  credential?: unknown;
}

export interface SecondFactorContext {
  client: ClientFacts;
  /** `request.host`: without a configured address, passkeys are made for localhost at its port. */
  host: string;
  /** What the challenge remembers; `prepare` puts there what `verify` needs. */
  challengeData: Record<string, unknown>;
}

/** One kind of second factor. The feature that owns it registers it in compose. */
export interface SecondFactorVerifier {
  method: SecondFactorMethod;
  /** Throws `auth.invalid_code` or a code of its own. Consumes what may be used once only. */
  verify(userId: string, proof: SecondFactorProof, context: SecondFactorContext): Promise<void>;
  /**
   * Makes what a client needs before it can answer (WebAuthn options; a code that was sent), and what the challenge
   * must keep for `verify`.
   */
  prepare?(
    userId: string,
    context: SecondFactorContext,
  ): Promise<{ answer: unknown; keep: Record<string, unknown> }>;
}

export interface SecondFactors {
  /** The last one registered for a method is the one that counts. */
  register(verifier: SecondFactorVerifier): void;
  find(method: SecondFactorMethod): SecondFactorVerifier | undefined;
  /** Of these methods those that can be verified, the most convenient first. */
  usable(methods: readonly string[]): SecondFactorMethod[];
}

const order: readonly SecondFactorMethod[] = ['passkey', 'totp', 'backup_code', 'email_code'];

export function createSecondFactors(): SecondFactors {
  const verifiers = new Map<SecondFactorMethod, SecondFactorVerifier>();
  return {
    register(verifier) {
      verifiers.set(verifier.method, verifier);
    },
    find: (method) => verifiers.get(method),
    usable: (methods) => order.filter((method) => methods.includes(method) && verifiers.has(method)),
  };
}
