import type { Product } from '../lib/product.ts';
import { cookiesOf, prepareRequest, type RawAnswer, type RawConnection } from '../lib/raw-client.ts';
import { prepareSignIn } from './sign-in-load.ts';

/** A browser that is signed in, as far as refreshing goes. */
export interface RefreshingBrowser {
  connection: RawConnection;
  /** Everything of its refresh request but the refresh token, which each answer replaces. */
  headers: Record<string, string>;
  cookies: string;
  refreshToken: string;
  sessionId: string;
}

/** Signs in over a connection of its own, which stays open. */
export async function openRefreshing(
  product: Product,
  email: string,
  password: string,
): Promise<RefreshingBrowser> {
  const { connection, request, headers } = await prepareSignIn(product, email, password);
  const answer = await connection.send(request);
  if (answer.status !== 200) throw new Error(`sign-in: ${answer.status} ${answer.body}`);
  const { csrf_token, session } = JSON.parse(answer.body) as { csrf_token: string; session: { id: string } };
  const cookies = cookiesOf(answer)
    .split('; ')
    .filter((pair) => !pair.startsWith('refresh_token='))
    .join('; ');
  return {
    connection,
    headers: { ...headers, 'x-csrf-token': csrf_token },
    cookies,
    refreshToken: refreshTokenOf(answer),
    sessionId: session.id,
  };
}

export function refreshRequest(browser: RefreshingBrowser): Buffer {
  const cookie = `${browser.cookies}; refresh_token=${browser.refreshToken}`;
  return prepareRequest('POST', '/api/v1/auth/refresh', { ...browser.headers, cookie }, '{}');
}

/** Renews the sign-in and keeps the new token. */
export async function refreshOnce(browser: RefreshingBrowser): Promise<void> {
  const answer = await browser.connection.send(refreshRequest(browser));
  if (answer.status !== 200) throw new Error(`refresh: ${answer.status} ${answer.body}`);
  browser.refreshToken = refreshTokenOf(answer);
}

export function refreshTokenOf(answer: RawAnswer): string {
  const token = /\r\nset-cookie: refresh_token=([\w-]{43})/i.exec(answer.head)?.[1];
  if (token === undefined) throw new Error(`There is no refresh token in: ${answer.head}`);
  return token;
}
