import http from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { ask, setUp } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';

const byEvents = /Server-sent events \(something on the way drops WebSockets\)/;

describe('I14: a proxy on the way drops upgrades', () => {
  let product: Product;
  let proxy: http.Server;
  let proxyUrl: string;
  let browser: BrowserSession;
  let page: Page;
  beforeAll(async () => {
    product = await Product.start();
    proxy = http.createServer((request, response) => passOn(request, response, product.port));
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    proxyUrl = `http://localhost:${(proxy.address() as AddressInfo).port}`;
    browser = await openBrowser();
    page = browser.page;
    await setUp(page, product);
  });
  afterAll(async () => {
    await browser?.close();
    proxy?.closeAllConnections();
    proxy?.close();
    await product?.stop();
  });

  it('without one, pages are told over a WebSocket', async () => {
    await page.goto(`${product.url}/settings/system`);
    await page.getByText('WebSocket', { exact: true }).waitFor();
  });

  it('pages fall back to server-sent events by themselves and say so', async () => {
    // Cookies do not tell ports apart: the same person, through the proxy.
    await page.goto(`${proxyUrl}/settings/system`);
    await page.getByText(byEvents).waitFor();
  });

  it('and still hear what changes elsewhere', async () => {
    await page.goto(proxyUrl);
    await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
    const elsewhere = await browser.context.newPage();
    await elsewhere.goto(`${product.url}/chat`);
    await ask(elsewhere, 'Does the other page hear of this?');
    await page
      .getByRole('link', { name: /Does the other page hear of this/ })
      .first()
      .waitFor();
    expect(browser.errors).toEqual([]);
  });
});

/** Passes everything on but the upgrade, as a proxy does that nobody told about WebSockets. */
function passOn(request: http.IncomingMessage, response: http.ServerResponse, port: number): void {
  const { upgrade: _upgrade, connection: _connection, ...headers } = request.headers;
  const options = { host: '127.0.0.1', port, path: request.url, method: request.method, headers };
  const onwards = http.request(options, (answer) => {
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    answer.pipe(response);
  });
  onwards.on('error', () => response.destroy());
  response.on('close', () => onwards.destroy());
  request.pipe(onwards);
}
