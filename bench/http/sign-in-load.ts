import type { Product } from '../lib/product.ts';
import { cookiesOf, openConnection, prepareRequest, type RawConnection } from '../lib/raw-client.ts';

/** One browser that signs in: its connection and its request, made beforehand. */
export interface SigningIn {
  connection: RawConnection;
  request: Buffer;
}

/** Opens a connection and fetches the CSRF token that the sign-in request carries. */
export async function prepareSignIn(
  product: Product,
  email: string,
  password: string,
  headers: Record<string, string> = {},
): Promise<SigningIn> {
  const connection = await openConnection(Number(new URL(product.url).port));
  const token = await connection.send(prepareRequest('GET', '/api/v1/auth/csrf-token', headers));
  const { csrf_token } = JSON.parse(token.body) as { csrf_token: string };
  const host = new URL(product.url).host;
  const request = prepareRequest(
    'POST',
    '/api/v1/auth/jwt/login',
    {
      host,
      origin: product.url,
      'content-type': 'application/json',
      'x-csrf-token': csrf_token,
      cookie: cookiesOf(token),
      ...headers,
    },
    JSON.stringify({ email, password }),
  );
  return { connection, request };
}
