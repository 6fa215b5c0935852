import type { Database } from '../../platform/database/database.ts';
import { busReconnectedTopic, type EventBus } from '../../platform/events/event-bus.ts';
import type { Feature } from '../../platform/feature.ts';
import type { OriginSite } from '../../platform/http/origin.ts';
import { closeCodes } from '../../platform/http/socket-connection.ts';
import type { ChallengeStore } from '../challenges/index.ts';
import type { SessionStates } from '../sessions/index.ts';
import { type ChannelOptions, createChannels } from './channels.ts';
import { realTimeRoutes } from './real-time.routes.ts';
import { SocketHub } from './socket-hub.ts';
import { type SocketLimits, socketLimits } from './socket-limits.ts';
import { createOwnTickets, createSharedTickets } from './tickets.service.ts';

export interface RealTimeOptions extends ChannelOptions {
  db: Database;
  bus: EventBus;
  challenges: ChallengeStore;
  states: SessionStates;
  site: OriginSite;
  clock: () => Date;
  accessTokenSeconds: number;
  /** The only process: no other can be shown its tickets. */
  alone: boolean;
  /** Tests bound tighter. */
  limits?: Partial<SocketLimits>;
}

export interface RealTimeFeature extends Feature {
  hub: SocketHub;
  /** Sends every client away, to come back elsewhere and resume; before the server waits for its connections to end. */
  sendAway(): Promise<void>;
}

const farewellMs = 500;

/** WebSockets: tickets, what people follow over them, and their end with their session. */
export function createRealTimeFeature(options: RealTimeOptions): RealTimeFeature {
  const { db, challenges, states, log, site } = options;
  const now = (): number => options.clock().getTime();
  const tickets = options.alone ? createOwnTickets(now) : createSharedTickets({ db, challenges });
  const limits = { ...socketLimits(options.accessTokenSeconds), ...options.limits };
  const hub = new SocketHub({ states, tickets, limits, log, now });
  const endGapWatch = options.bus.subscribe(busReconnectedTopic, () => hub.noteGap());
  return {
    hub,
    routes: realTimeRoutes({ hub, tickets, site, channels: createChannels(options) }),
    async start() {
      hub.start();
    },
    async stop() {
      endGapWatch();
      hub.stop();
    },
    async sendAway() {
      hub.closeAll(closeCodes.stopping, 'shutting_down');
      await hub.emptied(farewellMs);
      hub.cutAll();
    },
  };
}
