import type { AuthStatus, RefreshedSession, SessionLifetime, SignIn, User } from '@aiwfe/api-client';
import { ApiProblem } from './api-problem.ts';
import type { Answer, Method, RequestOptions, SessionPort } from './request.ts';

type Request = <Body>(method: Method, path: string, options?: RequestOptions) => Promise<Answer<Body>>;

export interface SessionDependencies {
  request: () => Request;
  /** Runs `work` while no other tab runs work under the same name (Web Locks). */
  lock: <Result>(name: string, work: () => Promise<Result>) => Promise<Result>;
  nowMs: () => number;
  setTimer: (work: () => void, ms: number) => unknown;
  clearTimer: (timer: unknown) => void;
  /**
   * Whether somebody signed in with this browser before: no secret, it only spares a visitor the attempt to
   * renew a session that never was.
   */
  signedInHere: { get: () => boolean; set: (signedIn: boolean) => void };
  /** Tells the other tabs that the cookies are new, or hears it from them. */
  channel: Pick<BroadcastChannel, 'postMessage' | 'addEventListener'> | null;
}

type ChannelMessage =
  | { kind: 'renewed'; accessExpiresAt: string }
  | { kind: 'signed_out' }
  | { kind: 'signed_in' };

const refreshAheadMs = 60_000;
const refreshRetryMs = 20_000;
const lockName = 'aiwfe.session-refresh';

/**
 * The sign-in of this browser: who, until when, the CSRF token (in memory only), and the renewal of the access
 * cookie, which runs once at a time in this tab and across tabs. Only a definite 401 ends it (I12).
 */
export class SessionState implements SessionPort {
  user = $state<User | null>(null);
  lifetime = $state<SessionLifetime | null>(null);
  /** Set when the server ended a session that was in use here, so that the page can say so. */
  endedByServer = $state(false);

  #dependencies: SessionDependencies;
  #csrf: Promise<string> | null = null;
  #csrfValue: string | null = null;
  #refreshing: Promise<'renewed' | 'ended'> | null = null;
  #accessExpiresAtMs = 0;
  #timer: unknown = null;
  #onEnded = new Set<() => void>();

  constructor(dependencies: SessionDependencies) {
    this.#dependencies = dependencies;
    dependencies.channel?.addEventListener('message', (event) => {
      this.#hear((event as MessageEvent<ChannelMessage>).data);
    });
  }

  /** Reads who is signed in; throws when no answer came, and then nothing changes. */
  async load(): Promise<AuthStatus> {
    const status = await this.#read();
    if (status.authenticated) return status;
    // An expired access cookie reads as signed out; the refresh cookie may still be good.
    const mayRefresh = status.can_refresh ?? this.#dependencies.signedInHere.get();
    if (!mayRefresh) return this.#forget(status);
    if ((await this.refresh()) === 'ended') return this.#forget(status);
    return await this.#read();
  }

  /** Takes over the answer of a sign-in or of the set-up. */
  adopt(signIn: SignIn): void {
    this.user = signIn.user;
    this.lifetime = signIn.session;
    this.endedByServer = false;
    this.takeCsrfToken(signIn.csrf_token);
    this.#dependencies.signedInHere.set(true);
    this.#dependencies.channel?.postMessage({ kind: 'signed_in' } satisfies ChannelMessage);
  }

  /** Ends the session here and in the other tabs. */
  async signOut(): Promise<void> {
    await this.#dependencies.request()('POST', '/auth/logout');
    this.#forget({ authenticated: false });
    this.#dependencies.channel?.postMessage({ kind: 'signed_out' } satisfies ChannelMessage);
  }

  async csrfToken(): Promise<string> {
    this.#csrf ??= this.#fetchCsrf();
    return await this.#csrf;
  }

  takeCsrfToken(token: string): void {
    this.#csrfValue = token;
    this.#csrf = Promise.resolve(token);
  }

  dropCsrfToken(token: string): void {
    if (this.#csrfValue !== null && this.#csrfValue !== token) return;
    this.#csrf = null;
    this.#csrfValue = null;
  }

  async refresh(): Promise<'renewed' | 'ended'> {
    this.#refreshing ??= this.#refreshAcrossTabs().finally(() => {
      this.#refreshing = null;
    });
    return await this.#refreshing;
  }

  ended(): void {
    // Whoever signed out themselves is not led back to where they were.
    if (this.user === null) return;
    this.#forget({ authenticated: false });
    this.endedByServer = true;
    for (const listener of this.#onEnded) listener();
  }

  /** Calls back when the server or another tab ended the session; returns how to stop that. */
  onEnded(listener: () => void): () => void {
    this.#onEnded.add(listener);
    return () => this.#onEnded.delete(listener);
  }

  async #read(): Promise<AuthStatus> {
    const { body } = await this.#dependencies.request()<AuthStatus>('GET', '/auth/status');
    if (!body.authenticated) return body;
    this.user = body.user;
    this.lifetime = body.session;
    this.#dependencies.signedInHere.set(true);
    this.#planRefresh(body.access_expires_at);
    return body;
  }

  async #fetchCsrf(): Promise<string> {
    try {
      const { body } = await this.#dependencies.request()<{ csrf_token: string }>('GET', '/auth/csrf-token');
      this.#csrfValue = body.csrf_token;
      return body.csrf_token;
    } catch (error) {
      this.#csrf = null;
      throw error;
    }
  }

  async #refreshAcrossTabs(): Promise<'renewed' | 'ended'> {
    const seenMs = this.#accessExpiresAtMs;
    return await this.#dependencies.lock(lockName, async () => {
      // Another tab renewed while this one waited for the lock.
      if (this.#accessExpiresAtMs > seenMs && this.#accessExpiresAtMs > this.#dependencies.nowMs()) {
        return 'renewed';
      }
      return await this.#refreshNow();
    });
  }

  async #refreshNow(): Promise<'renewed' | 'ended'> {
    try {
      return await this.#renew();
    } catch (error) {
      if (!(error instanceof ApiProblem) || error.status !== 401) throw error;
      return error.code === 'auth.refresh_superseded' ? await this.#followRenewal() : 'ended';
    }
  }

  /** Another request renewed the cookies: they count, whatever became of this one. */
  async #followRenewal(): Promise<'renewed' | 'ended'> {
    this.#csrf = null;
    this.#csrfValue = null;
    const status = await this.#read();
    if (status.authenticated) return 'renewed';
    return status.can_refresh === false ? 'ended' : await this.#renew();
  }

  async #renew(): Promise<'renewed'> {
    const { body } = await this.#dependencies.request()<RefreshedSession>('POST', '/auth/refresh');
    this.takeRenewed(body);
    return 'renewed';
  }

  /** Takes over new cookies' times and CSRF token: after a refresh, and after a proof that began a new session. */
  takeRenewed(body: RefreshedSession): void {
    this.lifetime = body.session;
    this.takeCsrfToken(body.csrf_token);
    this.#planRefresh(body.access_expires_at);
    const message: ChannelMessage = { kind: 'renewed', accessExpiresAt: body.access_expires_at };
    this.#dependencies.channel?.postMessage(message);
  }

  #planRefresh(accessExpiresAt: string): void {
    this.#accessExpiresAtMs = Date.parse(accessExpiresAt);
    const inMs = this.#accessExpiresAtMs - this.#dependencies.nowMs() - refreshAheadMs;
    this.#schedule(Math.max(1_000, inMs));
  }

  #schedule(inMs: number): void {
    this.#dependencies.clearTimer(this.#timer);
    this.#timer = this.#dependencies.setTimer(() => {
      this.refresh().then(
        (outcome) => {
          if (outcome === 'ended') this.ended();
        },
        // No answer says nothing about the session: try again soon.
        () => this.#schedule(refreshRetryMs),
      );
    }, inMs);
  }

  #forget<Status extends AuthStatus>(status: Status): Status {
    this.#dependencies.clearTimer(this.#timer);
    this.#dependencies.signedInHere.set(false);
    this.user = null;
    this.lifetime = null;
    this.#accessExpiresAtMs = 0;
    this.#csrf = null;
    this.#csrfValue = null;
    return status;
  }

  #hear(message: ChannelMessage): void {
    if (message.kind === 'signed_out' && this.user !== null) {
      this.#forget({ authenticated: false });
      for (const listener of this.#onEnded) listener();
    } else if (message.kind === 'renewed') {
      this.#csrf = null;
      this.#csrfValue = null;
      this.#planRefresh(message.accessExpiresAt);
    } else if (message.kind === 'signed_in') {
      this.#csrf = null;
      this.#csrfValue = null;
    }
  }
}
