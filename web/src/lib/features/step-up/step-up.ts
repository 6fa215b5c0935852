import type { RefreshedSession } from '@aiwfe/api-client';
import type { PublicKeyCredentialRequestOptionsJSON } from '@simplewebauthn/browser';
import { api, session } from '#lib/api/index.ts';

export type StepUpMethod = 'password' | 'totp' | 'passkey' | 'backup_code' | 'oauth';

/** Ways in which the person can prove once more who they are, the best one first. */
export async function readStepUpMethods(): Promise<StepUpMethod[]> {
  const { methods } = await api.get<{ methods: StepUpMethod[] }>('/auth/step-up');
  const order: StepUpMethod[] = ['passkey', 'totp', 'password', 'oauth', 'backup_code'];
  return order.filter((method) => methods.includes(method));
}

/** Proves by what was typed. Throws `ApiProblem` when it is not right. */
export async function proveByText(method: StepUpMethod, typed: string): Promise<void> {
  const proof = method === 'password' ? { password: typed } : { code: typed };
  session.takeRenewed(await api.post<RefreshedSession>('/auth/step-up', { method, ...proof }));
}

/** Proves by a passkey; the browser shows its own dialog. Throws when the person closes that one. */
export async function proveByPasskey(): Promise<void> {
  const { startAuthentication } = await import('@simplewebauthn/browser');
  const begun = await api.post<{ challenge_id: string; options: unknown }>('/auth/step-up/passkey-options');
  const optionsJSON = begun.options as PublicKeyCredentialRequestOptionsJSON;
  const credential = await startAuthentication({ optionsJSON });
  const proof = { method: 'passkey', challenge_id: begun.challenge_id, credential };
  session.takeRenewed(await api.post<RefreshedSession>('/auth/step-up', proof));
}
