import type { Product } from '../lib/product.ts';
import { cookiesOf, openConnection, prepareRequest, type RawConnection } from '../lib/raw-client.ts';

/** A connection and the headers by which its requests pass the CSRF check. */
export interface Visitor {
  connection: RawConnection;
  headers: Record<string, string>;
}

/** One browser that signs in: its connection and its request, made beforehand. */
export interface SigningIn {
  connection: RawConnection;
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

/** A visitor whose sign-in is ready to be sent. */
export async function prepareSignIn(
  product: Product,
  email: string,
  password: string,
  given: Record<string, string> = {},
): Promise<SigningIn> {
  const { connection, headers } = await visit(product, given);
  const body = JSON.stringify({ email, password });
  return { connection, request: prepareRequest('POST', '/api/v1/auth/jwt/login', headers, body) };
}
