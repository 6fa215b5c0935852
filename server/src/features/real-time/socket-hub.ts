import { Overloaded } from '../../platform/errors.ts';
import { closeCodes, type SocketConnection } from '../../platform/http/socket-connection.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import type { SessionState, SessionStates } from '../sessions/index.ts';
import type { Channel } from './channel.ts';
import { ConnectionEnded } from './real-time.errors.ts';
import { type ClientHost, restrictionCodes, SocketClient } from './socket-client.ts';
import type { SocketLimits } from './socket-limits.ts';
import type { Tickets } from './tickets.service.ts';

export interface SocketHubOptions {
  states: SessionStates;
  tickets: Tickets;
  limits: SocketLimits;
  log: Logger;
  now: () => number;
}

const tickMs = 1_000;
/** Sessions that are looked up at once: the rest of the program needs database connections too. */
const parallelChecks = 4;

/** All open WebSockets of this process: their bounds, what is due by the clock, and their end with their session (S28). */
export class SocketHub {
  readonly #options: SocketHubOptions;
  readonly #clients = new Set<SocketClient>();
  readonly #perPerson = new Map<string, number>();
  readonly #host: ClientHost;
  #unproven = 0;
  #timer: NodeJS.Timeout | undefined;
  #endWatch: (() => void) | undefined;
  #onEmpty: (() => void) | undefined;

  constructor(options: SocketHubOptions) {
    this.#options = options;
    this.#host = {
      limits: options.limits,
      now: options.now,
      redeem: (ticket) => this.redeem(ticket),
      claim: (userId) => this.#claim(userId),
      onFailure: (error) =>
        options.log.error({ err: error }, 'a message of a WebSocket could not be handled'),
    };
  }

  get size(): number {
    return this.#clients.size;
  }

  start(): void {
    // By event, so that it bites within a second; the clock is the safety net for events that were lost.
    this.#endWatch = this.#options.states.onChange(() => void this.#checkChanged());
    this.#timer = setInterval(() => this.tick(), tickMs).unref();
  }

  stop(): void {
    this.#endWatch?.();
    clearInterval(this.#timer);
  }

  /** Throws `overloaded` when one more connection would be too many. */
  requireRoom(isProven: boolean): void {
    const { connections, unproven } = this.#options.limits;
    if (this.#clients.size >= connections || (!isProven && this.#unproven >= unproven))
      throw Overloaded.with({ retryAfterSeconds: 5 });
  }

  /** The live session of a ticket, which is used up; `undefined` when either is no good. */
  async redeem(ticket: string): Promise<SessionState | undefined> {
    const holder = await this.#options.tickets.redeem(ticket);
    return holder && (await this.find(holder.sessionId));
  }

  async find(sessionId: string): Promise<SessionState | undefined> {
    const { states } = this.#options;
    return states.peek(sessionId) ?? (await states.load(sessionId));
  }

  /** Takes a connection in; without a session it has five seconds to show a ticket. */
  add(channel: Channel, connection: SocketConnection, state: SessionState | undefined): void {
    const client = new SocketClient(this.#host, channel, connection);
    this.#clients.add(client);
    this.#unproven += 1;
    connection.listen(
      (text) => client.receive(text),
      () => this.#remove(client),
    );
    if (state) client.admit(state);
  }

  /** Does what is due by the clock. */
  tick(): void {
    const nowMs = this.#options.now();
    const due = [...this.#clients].filter((client) => client.tick(nowMs));
    if (due.length > 0) void this.#check(due);
  }

  noteGap(): void {
    for (const client of this.#clients) client.noteGap();
  }

  closeAll(code: number, reason: string): void {
    for (const client of this.#clients) client.close(code, reason);
  }

  /** Resolves when the last connection has ended, at the latest after `timeoutMs`. */
  emptied(timeoutMs: number): Promise<void> {
    if (this.#clients.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, timeoutMs);
      this.#onEmpty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  cutAll(): void {
    for (const client of this.#clients) client.connection.cut();
  }

  #claim(userId: string): boolean {
    const open = this.#perPerson.get(userId) ?? 0;
    if (open >= this.#options.limits.perPerson) return false;
    this.#perPerson.set(userId, open + 1);
    this.#unproven -= 1;
    return true;
  }

  #remove(client: SocketClient): void {
    client.leave();
    if (!this.#clients.delete(client)) return;
    if (this.#clients.size === 0) this.#onEmpty?.();
    if (!client.actor) {
      this.#unproven -= 1;
      return;
    }
    const { userId } = client.actor;
    const left = (this.#perPerson.get(userId) ?? 1) - 1;
    if (left > 0) this.#perPerson.set(userId, left);
    else this.#perPerson.delete(userId);
  }

  async #checkChanged(): Promise<void> {
    const { states } = this.#options;
    const changed = [...this.#clients].filter(
      ({ actor, sessionVersion }) => actor && states.peek(actor.sessionId)?.version !== sessionVersion,
    );
    await this.#check(changed);
  }

  /** Looks each session up once, a few at a time, and ends the connections of those that are dead. */
  async #check(clients: SocketClient[]): Promise<void> {
    const bySession = new Map<string, SocketClient[]>();
    for (const client of clients) {
      client.checkedMs = this.#options.now();
      const id = client.actor?.sessionId;
      if (id !== undefined) bySession.set(id, [...(bySession.get(id) ?? []), client]);
    }
    const waiting = bySession.entries();
    const work = async (): Promise<void> => {
      for (const [sessionId, ofSession] of waiting) await this.#checkSession(sessionId, ofSession);
    };
    await Promise.all(Array.from({ length: Math.min(parallelChecks, bySession.size) }, work));
  }

  async #checkSession(sessionId: string, clients: SocketClient[]): Promise<void> {
    try {
      const state = await this.find(sessionId);
      for (const client of clients) endUnlessLive(client, sessionId, state);
    } catch (error) {
      // Whether it still lives cannot be known now: the next look decides.
      for (const client of clients) client.checkedMs = 0;
      this.#options.log.warn({ err: error }, 'the session of a WebSocket could not be checked');
    }
  }
}

function endUnlessLive(client: SocketClient, sessionId: string, state: SessionState | undefined): void {
  // Renewed meanwhile by the ticket of a newer session.
  if (client.actor?.sessionId !== sessionId) return;
  if (!state || state.version !== client.sessionVersion)
    client.close(closeCodes.sessionEnded, ConnectionEnded.code);
  else if (state.restriction) client.close(closeCodes.forbidden, restrictionCodes[state.restriction]);
}
