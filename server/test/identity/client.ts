import type { LightMyRequestResponse } from 'fastify';
import type { TestApp } from '../test-app.ts';

export const goodPassword = 'violet harbour lantern quilt';

interface RequestOptions {
  json?: unknown;
  form?: Record<string, string>;
  headers?: Record<string, string>;
  /** `false`: without X-CSRF-TOKEN; a text: with this one. */
  csrf?: false | string;
  /** `null`: without Origin. */
  origin?: string | null;
  address?: string;
}

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** A browser as far as cookies, CSRF tokens and Origin go, on an app that does not listen. */
export class TestBrowser {
  readonly jar = new Map<string, string>();
  csrf: string | undefined;
  readonly #app: TestApp;

  constructor(app: TestApp) {
    this.#app = app;
  }

  copy(): TestBrowser {
    const copy = new TestBrowser(this.#app);
    for (const [name, value] of this.jar) copy.jar.set(name, value);
    copy.csrf = this.csrf;
    return copy;
  }

  /** The same cookies in front of another process. */
  at(app: TestApp): TestBrowser {
    const moved = new TestBrowser(app);
    for (const [name, value] of this.jar) moved.jar.set(name, value);
    moved.csrf = this.csrf;
    return moved;
  }

  async request(method: Method, url: string, options: RequestOptions = {}): Promise<LightMyRequestResponse> {
    const headers: Record<string, string> = { host: 'localhost:3000', ...options.headers };
    if (this.jar.size > 0)
      headers.cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join('; ');
    if (method !== 'GET' && options.origin !== null)
      headers.origin = options.origin ?? 'http://localhost:3000';
    const csrf = options.csrf ?? this.csrf;
    if (method !== 'GET' && csrf !== false && csrf !== undefined) headers['x-csrf-token'] = csrf;
    let payload: string | undefined;
    if (options.json !== undefined) {
      headers['content-type'] = 'application/json';
      payload = typeof options.json === 'string' ? options.json : JSON.stringify(options.json);
    }
    if (options.form !== undefined) {
      headers['content-type'] = 'application/x-www-form-urlencoded';
      payload = new URLSearchParams(options.form).toString();
    }
    const response = await this.#app.app.inject({
      method,
      url,
      headers,
      ...(payload === undefined ? {} : { payload }),
      ...(options.address === undefined ? {} : { remoteAddress: options.address }),
    });
    this.#keepCookies(response);
    return response;
  }

  async fetchCsrf(): Promise<string> {
    const response = await this.request('GET', '/api/v1/auth/csrf-token');
    this.csrf = (response.json() as { csrf_token: string }).csrf_token;
    return this.csrf;
  }

  async signIn(
    email: string,
    password = goodPassword,
    extra: Record<string, unknown> = {},
    address?: string,
  ) {
    await this.fetchCsrf();
    const response = await this.request('POST', '/api/v1/auth/jwt/login', {
      json: { email, password, ...extra },
      ...(address === undefined ? {} : { address }),
    });
    if (response.statusCode === 200) this.csrf = (response.json() as { csrf_token: string }).csrf_token;
    return response;
  }

  #keepCookies(response: LightMyRequestResponse): void {
    for (const line of setCookies(response)) {
      const [pair = ''] = line.split(';');
      const at = pair.indexOf('=');
      if (/max-age=0(;|$)/i.test(line)) this.jar.delete(pair.slice(0, at));
      else this.jar.set(pair.slice(0, at), pair.slice(at + 1));
    }
  }
}

export function setCookies(response: LightMyRequestResponse): string[] {
  const header = response.headers['set-cookie'];
  return header === undefined ? [] : [header].flat();
}

/** Creates an active account by the operator's way and returns a browser that is signed in to it. */
export async function signedIn(app: TestApp, email: string, role: 'user' | 'admin' | 'superuser' = 'user') {
  const { id } = await app.operator!.createUser({
    email,
    role,
    displayName: 'Test Person',
    password: goodPassword,
  });
  const browser = new TestBrowser(app);
  const response = await browser.signIn(email);
  if (response.statusCode !== 200)
    throw new Error(`sign-in answered ${response.statusCode}: ${response.body}`);
  return { browser, id, email, sessionId: (response.json() as { session: { id: string } }).session.id };
}

export function codeOf(response: LightMyRequestResponse): string {
  return (response.json() as { code: string }).code;
}
