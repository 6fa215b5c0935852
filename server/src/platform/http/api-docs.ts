import { createRequire } from 'node:module';
import path from 'node:path';
import fastifyStatic from '@fastify/static';
import type { FastifyInstance, FastifyReply } from 'fastify';
import { pageHeaders } from './security-headers.ts';

const assetsPrefix = '/api/docs/assets/';

const page = `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>AI Workflow Engine API</title>
<link rel="stylesheet" href="${assetsPrefix}swagger-ui.css">
</head>
<body>
<main id="documentation"></main>
<script src="${assetsPrefix}swagger-ui-bundle.js"></script>
<script src="/api/docs/start.js"></script>
</body>
</html>
`;

// Requests made from the page carry a CSRF token of their own, so that "Try it out" works with the person's session.
const start = `let token;
const csrf = async () => (token ??= (await (await fetch('/api/v1/auth/csrf-token')).json()).csrf_token);
SwaggerUIBundle({
  url: '/api/v1/openapi.json',
  dom_id: '#documentation',
  deepLinking: true,
  docExpansion: 'none',
  filter: true,
  validatorUrl: null,
  requestInterceptor: async (request) => {
    if (request.method && !/^(GET|HEAD)$/i.test(request.method)) request.headers['X-CSRF-TOKEN'] = await csrf();
    return request;
  },
});
`;

/** Serves the API's documentation at `/api/docs`, from this origin alone. */
export async function registerApiDocs(app: FastifyInstance, secure: boolean): Promise<void> {
  const require = createRequire(import.meta.url);
  const root = path.join(path.dirname(require.resolve('@fastify/swagger-ui/package.json')), 'static');
  const headers = pageHeaders(secure, []);
  const send = (reply: FastifyReply, type: string, text: string): FastifyReply =>
    reply.headers(headers).type(type).send(text);
  await app.register(fastifyStatic, {
    root,
    prefix: assetsPrefix,
    decorateReply: false,
    index: false,
    setHeaders: (reply) => void reply.header('cache-control', 'public, max-age=86400'),
    cacheControl: false,
  });
  app.get('/api/docs', { schema: { hide: true } }, (_request, reply) =>
    send(reply, 'text/html; charset=utf-8', page),
  );
  app.get('/api/docs/start.js', { schema: { hide: true } }, (_request, reply) =>
    send(reply, 'text/javascript; charset=utf-8', start),
  );
}
