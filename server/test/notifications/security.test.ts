import { afterAll, beforeAll, expect, test } from 'vitest';
import { goodPassword, TestBrowser } from '../identity/client.ts';
import { alertsOf, behindProxy, signedInBefore, signInFrom, testGeo } from '../identity/places.ts';
import { createTestApp, type TestApp } from '../test-app.ts';
import type { Listed } from './told.ts';

let app: TestApp;
beforeAll(async () => {
  app = await createTestApp({ guard: 'real', role: 'api', geo: testGeo, environ: behindProxy });
});
afterAll(() => app.stop());

const told = async (browser: TestBrowser): Promise<Listed> =>
  (await browser.request('GET', '/api/v1/notifications')).json();

test('A10: an unusual sign-in is told once, leads to the alert, and is read once that is answered', async () => {
  const email = 'watched@example.org';
  await app.operator!.createUser({ email, role: 'user', displayName: 'P', password: goodPassword });
  const browser = new TestBrowser(app);
  await signedInBefore(app, browser, '141.20.1.1', email, '2 days');
  expect((await told(browser)).items).toEqual([]);
  expect((await signInFrom(new TestBrowser(app), '141.20.1.2', email)).statusCode).toBe(200);
  const [alert, ...others] = await alertsOf(browser);
  expect(others).toEqual([]);
  expect((await told(browser)).items).toMatchObject([
    {
      kind: 'security',
      title: 'Sign-in from a new device',
      href: `/security/alerts/${alert?.id}`,
      read_at: null,
    },
  ]);
  const confirmed = await browser.request('POST', `/api/v1/auth/alerts/${alert?.id}/confirm`);
  expect(confirmed.statusCode).toBe(200);
  expect(await told(browser)).toMatchObject({ items: [{ read_at: expect.any(String) }], unread_count: 0 });
});
