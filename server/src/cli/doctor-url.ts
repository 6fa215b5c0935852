import { lookup } from 'node:dns/promises';
import net from 'node:net';
import tls from 'node:tls';
import type { Finding } from './finding.ts';
import { ask, type HttpAnswer, openSocket } from './remote-request.ts';

type Report = (finding: Finding) => void;
type Step = (url: URL) => Promise<string>;

const timeoutMs = 10_000;

/** A hop that does not do its part: the sentence says which and what to do. */
class HopFailure extends Error {}

/** The hops on the way to a server, in the order a request takes them: each stands on the one before. */
const hops: [name: string, step: Step][] = [
  ['DNS', checkName],
  ['TCP', checkTcp],
  ['TLS', checkTls],
  ['HTTP', checkHttp],
  ['health', checkHealth],
];
/** What the way must leave as it is; each can be wrong by itself. */
const passages: [name: string, step: Step][] = [
  ['WebSocket', checkWebSocket],
  ['forwarded', checkForwarded],
  ['cookies', checkCookies],
];

/** `aiwfe doctor --url`: checks the way from here to a server (I8, I14) and says which hop fails. */
export async function checkUrl(url: URL, report: Report): Promise<void> {
  for (const [name, step] of hops) {
    if (name === 'TLS' && url.protocol === 'http:') continue;
    if (!(await attempt(name, step, url, report))) return;
  }
  for (const [name, step] of passages) await attempt(name, step, url, report);
}

async function attempt(name: string, step: Step, url: URL, report: Report): Promise<boolean> {
  try {
    report({ name, ok: true, detail: await step(url) });
    return true;
  } catch (error) {
    report({
      name,
      ok: false,
      detail: error instanceof HopFailure ? error.message : `No answer (${codeOf(error)}).`,
    });
    return false;
  }
}

const portOf = (url: URL): number => Number(url.port) || (url.protocol === 'https:' ? 443 : 80);
const hostOf = (url: URL): string => url.hostname.replace(/^\[|\]$/g, '');

async function checkName(url: URL): Promise<string> {
  try {
    const found = await lookup(hostOf(url), { all: true });
    return `${hostOf(url)} is ${found.map(({ address }) => address).join(', ')}.`;
  } catch (error) {
    throw new HopFailure(
      `${hostOf(url)} has no address here (${codeOf(error)}). Check the name, and the DNS record of the domain.`,
    );
  }
}

async function checkTcp(url: URL): Promise<string> {
  const where = `${hostOf(url)}:${portOf(url)}`;
  const failed = await connected(net.connect({ host: hostOf(url), port: portOf(url) }), 'connect');
  if (failed === undefined) return `${where} takes connections.`;
  throw new HopFailure(
    `${where} takes no connection (${failed}). Refused: nothing listens there; no answer: a firewall drops it.`,
  );
}

async function checkTls(url: URL): Promise<string> {
  const host = hostOf(url);
  const socket = tls.connect({
    host,
    port: portOf(url),
    ...(net.isIP(host) === 0 ? { servername: host } : {}),
  });
  let terms = '';
  const failed = await connected(socket, 'secureConnect', () => {
    const days = Math.floor((Date.parse(socket.getPeerCertificate().valid_to) - Date.now()) / 86_400_000);
    terms = `${socket.getProtocol()}; the certificate is good for ${days} more days.`;
  });
  if (failed === undefined) return terms;
  throw new HopFailure(
    `There is a connection, but no trusted TLS on it (${failed}). The certificate must be for ${host}, not expired, and sent with its intermediate ones.`,
  );
}

/** Resolves with the code of what went wrong, `undefined` when nothing did. */
function connected(
  socket: net.Socket,
  event: 'connect' | 'secureConnect',
  onSuccess?: () => void,
): Promise<string | undefined> {
  return new Promise((resolve) => {
    const end = (outcome: string | undefined): void => {
      socket.destroy();
      resolve(outcome);
    };
    socket.setTimeout(timeoutMs, () => end(`no answer within ${timeoutMs / 1_000} s`));
    socket.once('error', (error) => end(codeOf(error)));
    socket.once(event, () => {
      onSuccess?.();
      end(undefined);
    });
  });
}

function codeOf(error: unknown): string {
  const { code, message } = error as NodeJS.ErrnoException;
  return code ?? message;
}

async function checkHttp(url: URL): Promise<string> {
  let answer: HttpAnswer;
  try {
    answer = await ask(url, '/api/health/live', { timeoutMs });
  } catch (error) {
    throw new HopFailure(
      `The connection stands, but no HTTP answer comes (${codeOf(error)}). A proxy that waits like this ends as 522 or 504: look at the server behind it.`,
    );
  }
  if (answer.status === 200 && answer.json?.status === 'alive') return 'The server answers.';
  const by = answer.headers.server ? ` (by ${answer.headers.server})` : '';
  if (answer.status >= 502 && answer.status <= 504)
    throw new HopFailure(`A proxy answers ${answer.status}${by}: it does not reach the server behind it.`);
  if (answer.status >= 300 && answer.status < 400)
    throw new HopFailure(
      `Requests are sent on to ${answer.headers.location}: check that address instead, and set PUBLIC_URL to it.`,
    );
  throw new HopFailure(
    `Something else answers ${answer.status}${by}: this address does not lead to the server.`,
  );
}

async function checkHealth(url: URL): Promise<string> {
  const { status, json } = await ask(url, '/api/health', { timeoutMs });
  const checks = (json?.checks ?? []) as { ok: boolean; name: string; detail: string }[];
  const failing = checks.find((check) => !check.ok);
  if (status !== 200)
    throw new HopFailure(`${failing?.name ?? 'health'}: ${failing?.detail ?? `status ${status}`}`);
  return json?.redis === 'degraded' ? 'Healthy, but Redis is away.' : 'Healthy.';
}

const proxySetting =
  'nginx: proxy_http_version 1.1; proxy_set_header Upgrade $http_upgrade; proxy_set_header Connection "upgrade". ' +
  'Apache: ProxyPass … upgrade=websocket. Cloudflare: Network → WebSockets on. Caddy needs nothing.';

async function checkWebSocket(url: URL): Promise<string> {
  const outcome = await openSocket(url, '/api/v1/ws/notifications', { timeoutMs });
  if (outcome.kind === 'closed') {
    // A ticket that is none is refused by the server itself: frames pass in both directions.
    if (outcome.code === 4401) return 'Upgrades pass, and messages in both directions.';
    throw new HopFailure(
      `The upgrade passes, but the connection ends with ${outcome.code}: a proxy cuts it.`,
    );
  }
  if (outcome.kind === 'silent')
    throw new HopFailure(
      `The upgrade passes, but messages do not: a proxy holds them back. Pages use server-sent events instead. ${proxySetting}`,
    );
  const { status, code } = outcome;
  if (code === 'sockets.bad_origin')
    throw new HopFailure(`The server does not take ${url.origin} for its own: set PUBLIC_URL=${url.origin}.`);
  throw new HopFailure(
    `A proxy drops the upgrade (answer ${status}${code ? `, ${code}` : ''}). Pages use server-sent events instead. ${proxySetting}`,
  );
}

/** What an unsafe request needs to be judged by where it comes from, and not refused before. */
async function judgedAs(url: URL, origin: string, headers: Record<string, string> = {}): Promise<unknown> {
  const token = await ask(url, '/api/v1/auth/csrf-token', { timeoutMs });
  const answer = await ask(url, '/api/v1/auth/refresh', {
    timeoutMs,
    method: 'POST',
    headers: {
      origin,
      cookie: token.cookies.map((line) => line.split(';', 1)[0]).join('; '),
      'x-csrf-token': String(token.json?.csrf_token),
      'content-type': 'application/json',
      ...headers,
    },
    body: '{}',
  });
  return answer.json?.code;
}

async function checkForwarded(url: URL): Promise<string> {
  const own = await judgedAs(url, url.origin);
  if (own === 'csrf_bad_origin')
    throw new HopFailure(
      `The server does not take ${url.origin} for its own, so nobody can sign in: set PUBLIC_URL=${url.origin}, and let the proxy pass the header Host on.`,
    );
  const forged = await judgedAs(url, 'http://forged.localhost', {
    'x-forwarded-host': 'forged.localhost',
    'x-forwarded-proto': 'http',
  });
  if (forged === 'csrf_bad_origin')
    return 'The server knows its own address, and forged headers do not change it.';
  throw new HopFailure(
    'The server believes an X-Forwarded-Host from here: TRUSTED_PROXIES must name the proxy only, and the proxy must set these headers itself.',
  );
}

async function checkCookies(url: URL): Promise<string> {
  const { cookies } = await ask(url, '/api/v1/auth/csrf-token', { timeoutMs });
  if (cookies.length === 0)
    throw new HopFailure('No cookie arrives: something on the way removes Set-Cookie, or caches /api.');
  if (cookies.some((line) => !/; HttpOnly/i.test(line)))
    throw new HopFailure('A cookie arrives without HttpOnly: something on the way rewrites cookies.');
  const secure = cookies.every((line) => /; Secure/i.test(line));
  if (url.protocol === 'https:' && !secure)
    throw new HopFailure(
      `Cookies are not Secure although the address is https: set PUBLIC_URL=${url.origin}.`,
    );
  if (url.protocol === 'http:' && secure)
    throw new HopFailure(
      'Cookies are Secure, but this address is http: browsers drop them. Use the https address.',
    );
  const domain = cookies.map((line) => /; Domain=([^;]+)/i.exec(line)?.[1]).find(Boolean);
  if (domain && !`.${hostOf(url)}`.endsWith(`.${domain.replace(/^\./, '')}`))
    throw new HopFailure(
      `Cookies are for ${domain}, not for ${hostOf(url)}: browsers drop them. Check COOKIE_DOMAIN.`,
    );
  return 'Cookies arrive as the server sent them.';
}
