import type { Product } from '../lib/product.ts';
import {
  cookiesOf,
  openConnection,
  prepareRequest,
  type RawAnswer,
  type RawConnection,
} from '../lib/raw-client.ts';

/** A connection and the headers by which its requests pass the CSRF check. */
export interface Visitor {
  connection: RawConnection;
  headers: Record<string, string>;
}

/** One browser that signs in: its connection and its request, made beforehand. */
export interface SigningIn extends Visitor {
  request: Buffer;
}

/** Opens a connection and fetches a CSRF token. */
export async function visit(product: Product, headers: Record<string, string> = {}): Promise<Visitor> {
  const { host, port } = new URL(product.url);
  const connection = await openConnection(Number(port));
  const token = await connection.send(prepareRequest('GET', '/api/v1/auth/csrf-token', headers));
  const { csrf_token } = JSON.parse(token.body) as { csrf_token: string };
  return {
    connection,
    headers: {
      host,
      origin: product.url,
      'content-type': 'application/json',
      'x-csrf-token': csrf_token,
      cookie: cookiesOf(token),
      ...headers,
    },
  };
}

/** The bytes of a sign-in by password. */
export function signInRequest(headers: Record<string, string>, email: string, password: string): Buffer {
  return prepareRequest('POST', '/api/v1/auth/jwt/login', headers, JSON.stringify({ email, password }));
}

/** A visitor whose sign-in is ready to be sent. */
export async function prepareSignIn(
  product: Product,
  email: string,
  password: string,
  given: Record<string, string> = {},
): Promise<SigningIn> {
  const visitor = await visit(product, given);
  return { ...visitor, request: signInRequest(visitor.headers, email, password) };
}

/**
 * The same browser as one that was here before: it signs in once, and its next sign-ins carry the device cookie of that.
 */
export async function becomeKnown(browser: SigningIn, email: string, password: string): Promise<SigningIn> {
  const answer = await browser.connection.send(browser.request);
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
  const headers = { ...browser.headers, cookie: `${browser.headers.cookie}; ${deviceCookieOf(answer)}` };
  return { connection: browser.connection, headers, request: signInRequest(headers, email, password) };
}

function deviceCookieOf(answer: RawAnswer): string {
  const pair = cookiesOf(answer)
    .split('; ')
    .find((each) => each.startsWith('device='));
  if (pair === undefined) throw new Error(`There is no device cookie in: ${answer.head}`);
  return pair;
}
