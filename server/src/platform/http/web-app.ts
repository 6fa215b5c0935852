import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { pageHeaders } from './security-headers.ts';
import type { UnknownAddressAnswer } from './server.ts';

/** Where `vite build` puts the web app. */
export const webBuildDirectory = path.resolve(import.meta.dirname, '../../../../web/build');

const apiPrefixes = ['/api/', '/v1/', '/mcp', '/health', '/metrics', '/native/', '/_app/'];

/**
 * Serves the built web app from the API's own origin: hashed files for ever, the page for every address that is not the
 * API's, with a policy that allows exactly the page's own inline start script.
 */
export async function registerWebApp(
  app: FastifyInstance,
  options: { secure: boolean; directory?: string },
): Promise<UnknownAddressAnswer | undefined> {
  const directory = options.directory ?? webBuildDirectory;
  const page = await readPage(directory);
  if (page === undefined) return undefined;
  const headers = pageHeaders(options.secure, inlineScriptHashes(page));
  const sendPage = (reply: FastifyReply): FastifyReply =>
    reply.code(200).headers(headers).type('text/html; charset=utf-8').send(page);
  await app.register(fastifyStatic, {
    root: directory,
    wildcard: false,
    index: false,
    preCompressed: true,
    cacheControl: false,
    setHeaders: (reply, file) => {
      const immutable = file.includes(`${path.sep}immutable${path.sep}`);
      reply.header('cache-control', immutable ? 'public, max-age=31536000, immutable' : 'no-cache');
    },
  });
  // Pages are no part of the API's description.
  app.get('/', { schema: { hide: true } }, (_request, reply) => sendPage(reply));
  return (request, reply) => (wantsPage(request) ? sendPage(reply) : undefined);
}

function wantsPage(request: FastifyRequest): boolean {
  const url = request.url.split('?', 1)[0] ?? '/';
  if (request.method !== 'GET' && request.method !== 'HEAD') return false;
  return !apiPrefixes.some((prefix) => url.startsWith(prefix)) && url !== '/api';
}

async function readPage(directory: string): Promise<string | undefined> {
  try {
    return await readFile(path.join(directory, 'index.html'), 'utf8');
  } catch (error) {
    // A server without the web app (API only, tests) is a legitimate way to run.
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** CSP source expressions (CSP3 §2.3.1) of the scripts that are written into the page itself. */
export function inlineScriptHashes(page: string): string[] {
  return [...page.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)].map(
    ([, script]) =>
      `sha256-${createHash('sha256')
        .update(script ?? '')
        .digest('base64')}`,
  );
}
