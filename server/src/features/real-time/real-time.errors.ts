import { defineError } from '../../platform/errors.ts';

export const SocketFromElsewhere = defineError(
  'sockets.bad_origin',
  403,
  'WebSocket from another site',
  'The WebSocket was not opened by a page of this server. Whoever runs it: PUBLIC_URL must be the address that people type.',
);
export const TicketInvalid = defineError(
  'auth.ticket_invalid',
  401,
  'Ticket not valid',
  'The ticket is unknown, used or older than 30 seconds. Get a new one from POST /api/v1/auth/ws-ticket.',
);
export const TicketRequired = defineError(
  'auth.ticket_required',
  401,
  'Ticket needed',
  'Send {"type":"hello","ticket":"…"} within 5 seconds, with a ticket from POST /api/v1/auth/ws-ticket.',
);
export const ConnectionEnded = defineError(
  'auth.session_expired',
  401,
  'Sign-in has ended',
  'This sign-in has expired or was ended. Sign in again.',
);
export const TooManySockets = defineError(
  'sockets.too_many',
  429,
  'Too many connections',
  'This account has as many open WebSockets as it may.',
);
export const TooManyMessages = defineError(
  'sockets.too_many_messages',
  429,
  'Too many messages',
  'Messages come faster than this server takes them from one connection.',
);
export const BadFrame = defineError(
  'sockets.bad_frame',
  400,
  'Message not understood',
  'A message must be a JSON text with a known type.',
);
export const NotReading = defineError(
  'sockets.not_reading',
  408,
  'Client does not read',
  'Nothing of what was sent was taken for a minute. Connect again and resume.',
);
export const StreamNotFound = defineError(
  'streams.not_found',
  404,
  'Stream not found',
  'There is no such stream among yours.',
);
export const StreamFailed = defineError(
  'streams.unavailable',
  503,
  'Stream not available',
  'The stream cannot be read now. Resume it in a moment.',
);
export const TooManyStreams = defineError(
  'streams.too_many',
  429,
  'Too many streams',
  'This connection follows as many streams as it may. Leave one first.',
);
