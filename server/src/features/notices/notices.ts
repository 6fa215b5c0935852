import type { Executor } from '../audit/index.ts';

/** What a person is told of, wherever they are (S9). */
export type NoticeKind =
  | 'password_changed'
  | 'password_reset'
  | 'email_changed'
  | 'email_change_requested'
  | 'totp_enabled'
  | 'totp_disabled'
  | 'passkey_added'
  | 'passkey_removed'
  | 'passkey_cloned'
  | 'backup_codes_regenerated'
  | 'backup_code_used'
  | 'new_device'
  | 'unusual_sign_in'
  | 'sign_in_blocked'
  | 'api_key_created'
  | 'certificate_issued'
  | 'identity_linked'
  | 'identity_unlinked'
  | 'account_suspended'
  | 'account_approved'
  | 'factors_reset'
  | 'account_deletion_scheduled'
  | 'account_deleted'
  | 'role_changed'
  | 'sessions_ended';

export interface SecurityNotice {
  kind: NoticeKind;
  /** Plain values for the sentences of the notice (time, device, address); never a secret. */
  facts: Record<string, string>;
}

/** How notices reach people; mail implements it. */
export interface NoticeSender {
  /** Stores the notice in the caller's transaction; it leaves after the commit. */
  send(executor: Executor, userId: string, notice: SecurityNotice): Promise<void>;
  /** Whether what is sent reaches people now; an outbox that only stores does not. */
  reachesPeople(): boolean;
  /** Sends a short-lived code for a sign-in that looks unusual. */
  sendSignInCode(executor: Executor, userId: string, code: string): Promise<void>;
}

export interface SecurityNotices extends NoticeSender {}

export interface Notices extends SecurityNotices {
  /** Wired by compose. Until then nothing is told, and nothing relies on it. */
  useSender(sender: NoticeSender): void;
}

/** The one place that features tell people through; who carries the message is decided in compose. */
export function createNotices(): Notices {
  let sender: NoticeSender | undefined;
  return {
    useSender(given) {
      sender = given;
    },
    send: async (executor, userId, notice) => sender?.send(executor, userId, notice),
    reachesPeople: () => sender?.reachesPeople() ?? false,
    sendSignInCode: async (executor, userId, code) => sender?.sendSignInCode(executor, userId, code),
  };
}
