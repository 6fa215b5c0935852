import { createHmac, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import Provider from 'oidc-provider';

export const peerClient = { id: 'aiwfe', secret: 'a secret that only the two of them know' };

/** Somebody with an account at the provider. */
export interface PeerPerson {
  sub: string;
  email?: string;
  email_verified?: boolean;
  name?: string;
}

export interface IdToken {
  header: Record<string, unknown>;
  claims: Record<string, unknown>;
  /** How it is signed again; by the provider's own key by default. */
  signed?: 'by_provider' | 'by_stranger' | 'not' | 'hs256_with_public_key';
}

type Json = Record<string, unknown>;

/** What the provider does wrong; everything is as it should be without. */
export interface Misbehaviour {
  discovery?: (document: Json) => Json;
  idToken?: (token: IdToken) => IdToken;
  userinfo?: (claims: Json) => Json;
  /** Answers a request itself when it returns true. */
  answer?: (path: string, response: ServerResponse) => boolean;
}

export interface OpenidPeer {
  issuer: string;
  people: Map<string, PeerPerson>;
  misbehave(how: Misbehaviour): void;
  behave(): void;
  /** Tokens that were handed out. */
  issued: string[];
  /** Requests that came in, as `GET /path`. */
  requests: string[];
  /**
   * Does at the provider what a browser would: follows the address, signs in as `sub` (or cancels) and returns the
   * address the browser is sent back to.
   */
  visit(authorizationUrl: string, sub: string | 'cancel'): Promise<string>;
  close(): Promise<void>;
}

interface Keys {
  privateKey: KeyObject;
  publicKey: KeyObject;
}

const keyId = 'peer-key';

/** A certified OpenID provider on a loopback port, with a front that can spoil what it answers. */
export async function startOpenidPeer(options: { redirectUris: string[] }): Promise<OpenidPeer> {
  const keys = generateKeyPairSync('rsa', { modulusLength: 2048 });
  const stranger = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  const people = new Map<string, PeerPerson>();
  const requests: string[] = [];
  const issued: string[] = [];
  let misbehaviour: Misbehaviour = {};
  const inner = createServer();
  const innerPort = await listen(inner);
  const front = createServer((incoming, response) => {
    const path = incoming.url ?? '/';
    requests.push(`${incoming.method} ${path.split('?')[0]}`);
    if (misbehaviour.answer?.(path, response)) return;
    forward(incoming, response, innerPort, (body) => {
      const text = spoil(path, body, misbehaviour, { keys, stranger });
      if (path === '/token')
        issued.push(
          ...Object.values(JSON.parse(text) as Json)
            .filter((value) => String(value).length > 40)
            .map(String),
        );
      return text;
    });
  });
  const issuer = `http://127.0.0.1:${await listen(front)}`;
  const provider = createProvider(issuer, options.redirectUris, keys, people);
  const handle = provider.callback();
  inner.on('request', (incoming, response) => {
    const who = /^\/interaction\/[\w-]+\?as=(.*)$/.exec(incoming.url ?? '')?.[1];
    if (who === undefined) void handle(incoming, response);
    else void finishInteraction(provider, incoming, response, decodeURIComponent(who));
  });
  return {
    issuer,
    people,
    requests,
    issued,
    misbehave: (how) => {
      misbehaviour = how;
    },
    behave: () => {
      misbehaviour = {};
    },
    visit: (url, sub) => visit(issuer, url, sub),
    close: async () => {
      for (const server of [front, inner]) {
        server.closeAllConnections();
        server.close();
        await once(server, 'close');
      }
    },
  };
}

async function listen(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return (server.address() as AddressInfo).port;
}

function createProvider(
  issuer: string,
  redirectUris: string[],
  keys: Keys,
  people: Map<string, PeerPerson>,
): Provider {
  const jwk = { ...keys.privateKey.export({ format: 'jwk' }), kid: keyId, use: 'sig', alg: 'RS256' };
  const provider: Provider = new Provider(issuer, {
    clients: [{ client_id: peerClient.id, client_secret: peerClient.secret, redirect_uris: redirectUris }],
    jwks: { keys: [jwk as never] },
    cookies: { keys: ['a key of the peer'] },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    features: { devInteractions: { enabled: false } },
    ttl: { Interaction: 600, Grant: 600, Session: 600, AccessToken: 600, IdToken: 600 },
    renderError: (context, out) => {
      context.body = out.error;
    },
    interactions: { url: (_context, interaction) => `/interaction/${interaction.uid}` },
    findAccount: (_context, sub) => ({
      accountId: sub,
      claims: () => ({ ...people.get(sub), sub }),
    }),
    // Nobody is asked for consent: that is not what is tested here.
    loadExistingGrant: async (context) => {
      const { client, session } = context.oidc;
      const grant = new provider.Grant({
        clientId: client?.clientId ?? '',
        accountId: session?.accountId ?? '',
      });
      grant.addOIDCScope('openid email profile');
      await grant.save();
      return grant;
    },
  });
  return provider;
}

async function finishInteraction(
  provider: Provider,
  incoming: IncomingMessage,
  response: ServerResponse,
  who: string,
): Promise<void> {
  const result =
    who === 'cancel'
      ? { error: 'access_denied', error_description: 'The person pressed cancel.' }
      : { login: { accountId: who } };
  await provider.interactionFinished(incoming, response, result);
}

/** Passes a request on as it came, and its answer through `rewrite`. */
function forward(
  incoming: IncomingMessage,
  response: ServerResponse,
  port: number,
  rewrite: (body: string) => string,
): void {
  const { method, url, headers } = incoming;
  const onward = request({ host: '127.0.0.1', port, method, path: url, headers }, (answer) => {
    let body = '';
    answer.setEncoding('utf8');
    answer.on('data', (part: string) => {
      body += part;
    });
    answer.on('end', () => {
      const text = answer.statusCode === 200 ? rewrite(body) : body;
      const passed = { ...answer.headers, 'content-length': String(Buffer.byteLength(text)) };
      delete (passed as Record<string, unknown>)['transfer-encoding'];
      response.writeHead(answer.statusCode ?? 500, passed).end(text);
    });
  });
  onward.on('error', () => response.destroy());
  incoming.pipe(onward);
}

function spoil(
  path: string,
  body: string,
  how: Misbehaviour,
  keys: { keys: Keys; stranger: KeyObject },
): string {
  const edit = (change: ((document: Json) => Json) | undefined): string =>
    change ? JSON.stringify(change(JSON.parse(body) as Json)) : body;
  if (path.startsWith('/.well-known/')) return edit(how.discovery);
  if (path.startsWith('/me')) return edit(how.userinfo);
  if (path !== '/token' || !how.idToken) return body;
  const answer = JSON.parse(body) as Json;
  const spoiled = how.idToken(decode(String(answer.id_token)));
  return JSON.stringify({ ...answer, id_token: encode(spoiled, keys) });
}

function decode(token: string): IdToken {
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string): Json => JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Json;
  return { header: read(header), claims: read(claims) };
}

function encode(token: IdToken, { keys, stranger }: { keys: Keys; stranger: KeyObject }): string {
  const write = (part: Json): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  const text = `${write(token.header)}.${write(token.claims)}`;
  const signatures: Record<NonNullable<IdToken['signed']>, () => Buffer> = {
    by_provider: () => sign('sha256', Buffer.from(text), keys.privateKey),
    by_stranger: () => sign('sha256', Buffer.from(text), stranger),
    not: () => Buffer.alloc(0),
    hs256_with_public_key: () =>
      createHmac('sha256', keys.publicKey.export({ format: 'pem', type: 'spki' }))
        .update(text)
        .digest(),
  };
  return `${text}.${signatures[token.signed ?? 'by_provider']().toString('base64url')}`;
}

const maxHops = 12;

async function visit(issuer: string, start: string, sub: string): Promise<string> {
  const jar = new Map<string, string>();
  let url = new URL(start);
  for (let hop = 0; hop < maxHops; hop += 1) {
    const cookie = [...jar].map(([name, value]) => `${name}=${value}`).join('; ');
    const response = await fetch(url, { redirect: 'manual', headers: cookie === '' ? {} : { cookie } });
    for (const line of response.headers.getSetCookie()) {
      const [pair = ''] = line.split(';');
      jar.set(pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1));
    }
    const location = response.headers.get('location');
    if (location === null)
      throw new Error(
        `The provider answered ${response.status} at ${url.pathname}: ${await response.text()}`,
      );
    url = new URL(location, url);
    if (url.origin !== issuer) return url.href;
    if (url.pathname.startsWith('/interaction/')) url.searchParams.set('as', sub);
  }
  throw new Error('The provider never sent the browser back.');
}
