import type { Actor } from '../../platform/http/route.ts';
import { closeCodes, encodeFrame, type SocketConnection } from '../../platform/http/socket-connection.ts';
import type { SessionState } from '../sessions/index.ts';
import type { Channel, Member } from './channel.ts';
import { type ClientMessage, readMessage } from './messages.ts';
import {
  BadFrame,
  ConnectionEnded,
  NotReading,
  StreamFailed,
  TicketInvalid,
  TicketRequired,
  TooManyMessages,
  TooManySockets,
} from './real-time.errors.ts';
import type { SocketLimits } from './socket-limits.ts';

/** What a connection needs of whoever keeps all of them. */
export interface ClientHost {
  limits: SocketLimits;
  now(): number;
  /** The live session that a ticket stands for; the ticket is used up. */
  redeem(ticket: string): Promise<SessionState | undefined>;
  /** Notes that the connection is this person's; false when they have too many. */
  claim(userId: string): boolean;
  onFailure(error: unknown): void;
}

const pingFrame = encodeFrame({ type: 'ping', seq: null, data: {} });
const pongFrame = encodeFrame({ type: 'pong', seq: null, data: {} });

/** One connection: proves whose it is, then takes part in its channel until it ends. */
export class SocketClient {
  readonly connection: SocketConnection;
  actor: Actor | undefined;
  sessionVersion = 0;
  /** When the session was last looked at; 0: look now. */
  checkedMs = 0;
  readonly #host: ClientHost;
  readonly #channel: Channel;
  readonly #openedMs: number;
  #member: Member | undefined;
  #provenUntilMs = 0;
  #askedForRenewal = false;
  #pingedMs: number;
  #windowMs = 0;
  #messages = 0;
  /** Messages are worked off in the order they came; `undefined` while none is. */
  #work: Promise<void> | undefined;

  constructor(host: ClientHost, channel: Channel, connection: SocketConnection) {
    this.#host = host;
    this.#channel = channel;
    this.connection = connection;
    this.#openedMs = host.now();
    this.#pingedMs = this.#openedMs;
  }

  /** Takes part as the person of this session from now on. */
  admit(state: SessionState): void {
    if (this.connection.closing) return;
    const isFirst = this.actor === undefined;
    if (state.restriction) this.close(closeCodes.forbidden, restrictionCodes[state.restriction]);
    else if (isFirst && !this.#host.claim(state.userId)) this.close(closeCodes.tooMany, TooManySockets.code);
    else this.#takePart(state, isFirst);
  }

  #takePart(state: SessionState, isFirst: boolean): void {
    this.actor = state.bearerActor;
    this.sessionVersion = state.version;
    // What ended the session between its reading and this moment is found by looking again.
    this.checkedMs = 0;
    this.#provenUntilMs = this.#host.now() + this.#host.limits.proofMs;
    this.#askedForRenewal = false;
    if (isFirst) this.#member = this.#channel.join(this.connection, this.actor);
    this.#send(isFirst ? 'ready' : 'renewed', { renew_before: new Date(this.#provenUntilMs).toISOString() });
  }

  receive(text: string | undefined): void {
    const isTooFast = this.#isTooFast();
    const message = isTooFast ? undefined : readMessage(text);
    if (message) this.#enqueue(message);
    else if (isTooFast) this.close(closeCodes.tooMany, TooManyMessages.code);
    else this.close(closeCodes.badFrame, BadFrame.code);
  }

  #enqueue(message: ClientMessage): void {
    const work = (this.#work ?? Promise.resolve())
      .then(() => (this.connection.closing ? undefined : this.#handle(message)))
      .catch((error: unknown) => {
        this.#host.onFailure(error);
        this.close(closeCodes.retry, StreamFailed.code);
      })
      .finally(() => {
        if (this.#work === work) this.#work = undefined;
      });
    this.#work = work;
  }

  /** Everything that is due by the clock. True when the session must be looked at. */
  tick(nowMs: number): boolean {
    const { connection } = this;
    const { limits } = this.#host;
    if (connection.closing) return false;
    if (nowMs - connection.lastHeardMs > limits.silenceMs) connection.cut();
    else if (!this.actor) {
      if (nowMs - this.#openedMs > limits.helloMs) this.close(closeCodes.sessionEnded, TicketRequired.code);
    } else if (nowMs > this.#provenUntilMs) this.close(closeCodes.sessionEnded, ConnectionEnded.code);
    else if (this.#isStalled(nowMs)) this.close(closeCodes.notReading, NotReading.code);
    else this.#sendDue(nowMs);
    return !connection.closing && this.actor !== undefined && nowMs - this.checkedMs >= limits.recheckMs;
  }

  noteGap(): void {
    if (!this.connection.closing) this.#member?.noteGap();
  }

  close(code: number, reason: string): void {
    this.connection.close(code, reason);
    this.leave();
  }

  /** Takes no part any more: nothing is followed for this connection. */
  leave(): void {
    this.#member?.close();
    this.#member = undefined;
  }

  async #handle(message: ClientMessage): Promise<void> {
    if (message.type === 'pong') return;
    if (message.type === 'ping') return this.connection.send(pongFrame);
    if (message.type === 'hello' || message.type === 'renew') return await this.#prove(message.ticket);
    if (!this.#member) return this.close(closeCodes.sessionEnded, TicketRequired.code);
    if (message.type === 'leave') return this.#member.leave(message.stream);
    await this.#member.resume(message.stream, message.after_seq ?? 0);
  }

  /** A hello without a ticket is enough where the cookie has said already whose the connection is. */
  async #prove(ticket: string | undefined): Promise<void> {
    if (ticket === undefined) {
      if (!this.actor) this.close(closeCodes.sessionEnded, TicketRequired.code);
      return;
    }
    const state = await this.#host.redeem(ticket);
    const isOther = state !== undefined && this.actor !== undefined && state.userId !== this.actor.userId;
    if (!state || isOther) return this.close(closeCodes.sessionEnded, TicketInvalid.code);
    this.admit(state);
  }

  #isTooFast(): boolean {
    const { max, everyMs } = this.#host.limits.messages;
    const nowMs = this.#host.now();
    if (nowMs - this.#windowMs >= everyMs) {
      this.#windowMs = nowMs;
      this.#messages = 0;
    }
    this.#messages += 1;
    return this.#messages > max;
  }

  #isStalled(nowMs: number): boolean {
    const { connection } = this;
    if (!connection.blocked) connection.blockedSinceMs = 0;
    else if (connection.blockedSinceMs === 0) connection.blockedSinceMs = nowMs;
    return connection.blocked && nowMs - connection.blockedSinceMs > this.#host.limits.stalledMs;
  }

  #sendDue(nowMs: number): void {
    const { pingMs, renewAheadMs } = this.#host.limits;
    if (nowMs - this.#pingedMs >= pingMs) {
      this.#pingedMs = nowMs;
      this.connection.ping();
      // For pages: a script does not see the pings of the protocol and must know that the server lives.
      if (!this.connection.blocked) this.connection.send(pingFrame);
    }
    if (this.#askedForRenewal || nowMs < this.#provenUntilMs - renewAheadMs) return;
    this.#askedForRenewal = true;
    this.#send('renew', { renew_before: new Date(this.#provenUntilMs).toISOString() });
  }

  #send(type: string, data: unknown): void {
    this.connection.send(encodeFrame({ type, seq: null, data }));
  }
}

/** As the routes say it to a session that may do one thing only. */
export const restrictionCodes = {
  change_password: 'auth.password_change_required',
  enrol_second_factor: 'auth.enrolment_required',
} as const;
