import type { FastifyReply, FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { Overloaded } from '../../platform/errors.ts';
import { judgeOrigin, type OriginSite } from '../../platform/http/origin.ts';
import { type Actor, defineRoute, type Route } from '../../platform/http/route.ts';
import { acceptUpgrade, requireUpgrade, UpgradeRequired } from '../../platform/http/web-socket.ts';
import type { SessionState } from '../sessions/index.ts';
import type { Channel } from './channel.ts';
import { SocketFromElsewhere, TicketInvalid } from './real-time.errors.ts';
import type { SocketHub } from './socket-hub.ts';
import type { Tickets } from './tickets.service.ts';

const tags = ['real time'];
const Ticket = Type.Object({ ticket: Type.String(), expires_at: Type.String({ format: 'date-time' }) });
const SocketQuery = Type.Object(
  { token: Type.Optional(Type.String({ minLength: 1, maxLength: 200 })) },
  { additionalProperties: false },
);

export interface RealTimeRouteOptions {
  hub: SocketHub;
  tickets: Tickets;
  channels: Channel[];
  site: OriginSite;
}

export function realTimeRoutes(options: RealTimeRouteOptions): Route[] {
  const { tickets, channels } = options;
  return [
    defineRoute({
      method: 'POST',
      url: '/api/v1/auth/ws-ticket',
      summary: 'A ticket for opening a WebSocket',
      description: 'Good once, for 30 seconds, for this sign-in.',
      tags,
      access: 'session',
      scope: false,
      response: { 200: Ticket },
      handler: ({ actor }) => tickets.issue(actor),
    }),
    ...channels.map((channel) => socketRoute(options, channel)),
  ];
}

function socketRoute(options: RealTimeRouteOptions, channel: Channel): Route {
  return defineRoute({
    method: 'GET',
    url: `/api/v1/ws/${channel.name}`,
    summary: channel.summary,
    description: `${channel.description} Proved by the cookie together with the page's Origin, or by a ticket: in the first frame \`{"type":"hello","ticket":"…"}\` or as \`?token=\`.`,
    tags,
    // A connection may prove itself with its first message, so the upgrade itself cannot demand a session.
    access: 'public',
    kind: 'socket',
    querystring: SocketQuery,
    response: { 101: Type.Unknown() },
    errors: [SocketFromElsewhere, TicketInvalid, UpgradeRequired, Overloaded],
    handler: ({ request, reply, actor, query }) =>
      openSocket(options, channel, { request, reply, actor, ticket: query.token }),
  });
}

interface Opening {
  request: FastifyRequest;
  reply: FastifyReply;
  actor: Actor | undefined;
  ticket: string | undefined;
}

async function openSocket(
  { hub, site }: RealTimeRouteOptions,
  channel: Channel,
  { request, reply, actor, ticket }: Opening,
): Promise<void> {
  requireUpgrade(request);
  const origin = judgeOrigin(request, site);
  if (origin === 'foreign') throw SocketFromElsewhere.with();
  let state: SessionState | undefined;
  if (ticket !== undefined) {
    state = await hub.redeem(ticket);
    if (!state) throw TicketInvalid.with();
  } else if (actor?.via === 'cookie' && origin === 'own') {
    // The cookie counts only together with the page it is sent from (S28).
    state = await hub.find(actor.sessionId);
  }
  hub.requireRoom(state !== undefined);
  acceptUpgrade(request, reply, (connection) => hub.add(channel, connection, state));
}
