import { constants, type X509Certificate } from 'node:crypto';
import { createServer, type Server } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { routeUpgrades } from '../../platform/http/web-socket.ts';
import type { Logger } from '../../platform/telemetry/logger.ts';
import { readKeyedCertificate } from './certificate-files.ts';

/** What a connection of this port showed: a certificate of our authority, one of somebody else, or none. */
export type Shown = { certificate: X509Certificate } | { problem: 'none' | 'foreign' };

export interface NativePort {
  /** What the request's connection showed; `undefined` for requests that came another way. */
  shownBy(request: FastifyRequest): Shown | undefined;
  /** Listens when there are certificates; answers the port. */
  listen(app: FastifyInstance): Promise<number | undefined>;
  close(): Promise<void>;
}

export interface NativePortOptions {
  folder: string;
  host: string;
  port: number;
  log: Logger;
}

/**
 * The TLS port for devices (A15). It alone asks for certificates (incident I9). Connections without one are taken too,
 * because a page has to explain how to get one; what they may see is decided per request.
 */
export function createNativePort(options: NativePortOptions): NativePort {
  const connections = new WeakMap<Socket, Shown>();
  let server: Server | undefined;
  return {
    shownBy: (request) => connections.get(request.raw.socket),
    async listen(app) {
      const own = await readKeyedCertificate(options.folder, 'server');
      const authority = await readKeyedCertificate(options.folder, 'authority');
      if (!own || !authority) return undefined;
      await app.ready();
      const opened = createServer(
        {
          key: own.privateKeyPem,
          cert: own.certificatePem,
          ca: authority.certificatePem,
          requestCert: true,
          rejectUnauthorized: false,
          minVersion: 'TLSv1.2',
          // Every connection proves its key anew: nothing rests on what an earlier one showed.
          secureOptions: constants.SSL_OP_NO_TICKET,
          sessionTimeout: 1,
        },
        (request, response) => app.routing(request, response),
      );
      routeUpgrades(app, opened);
      opened.headersTimeout = 20_000;
      opened.requestTimeout = 900_000;
      opened.on('secureConnection', (socket: TLSSocket) => connections.set(socket, shownBy(socket)));
      opened.on('tlsClientError', (error) => options.log.debug({ err: error }, 'TLS of a device failed'));
      server = opened;
      return listenOn(opened, options);
    },
    async close() {
      const open = server;
      if (!open) return;
      server = undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      open.close(() => resolve());
      open.closeAllConnections();
      await promise;
    },
  };
}

/** The leaf alone: what else a chain contains says nothing about who is here. */
function shownBy(socket: TLSSocket): Shown {
  const certificate = socket.getPeerX509Certificate();
  if (!certificate) return { problem: 'none' };
  return socket.authorized ? { certificate } : { problem: 'foreign' };
}

async function listenOn(server: Server, { host, port }: NativePortOptions): Promise<number> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  server.once('error', reject);
  server.listen({ host, port }, () => {
    server.off('error', reject);
    resolve();
  });
  await promise;
  return (server.address() as AddressInfo).port;
}
