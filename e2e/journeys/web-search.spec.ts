import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { ask, setUp } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';

const found = {
  query: 'bridge',
  results: [
    {
      url: 'https://bridges.invalid/kwell',
      title: 'The bridge over the Kwell',
      content:
        'The bridge over the river Kwell was opened in the year 1932 by the mayor. <img src=x onerror=alert(1)>',
      publishedDate: null,
    },
  ],
  unresponsive_engines: [],
};

describe('questions to the web', () => {
  let product: Product;
  let browser: BrowserSession;
  let searxng: Server;
  let address: string;
  beforeAll(async () => {
    searxng = createServer((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(found));
    });
    searxng.listen(0, '127.0.0.1');
    await once(searxng, 'listening');
    address = `http://127.0.0.1:${(searxng.address() as AddressInfo).port}`;
    product = await Product.start();
    browser = await openBrowser();
    await setUp(browser.page, product);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
    searxng.closeAllConnections();
    searxng.close();
  });

  it('are not offered until an administrator configures a provider, which is tried at once', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/chat`);
    await page.getByRole('textbox', { name: /question/i }).waitFor();
    expect(await page.getByRole('button', { name: 'Search the web' }).count()).toBe(0);
    await page.goto(`${product.url}/admin/web-search`);
    await page.getByRole('switch', { name: 'Web search' }).check();
    await page.getByRole('button', { name: 'Add a provider' }).click();
    await page.getByRole('menuitem', { name: 'SearXNG' }).click();
    await page.getByRole('textbox', { name: 'Address' }).fill(address);
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText(/Allow local addresses if you mean/).waitFor();
    await page.getByRole('switch', { name: 'Allow local addresses' }).check();
    await page.getByRole('button', { name: 'Test', exact: true }).click();
    await page.getByText('SearXNG answered with 1 result.').waitFor();
  });

  it('are answered with a numbered source that opens beside the chat and loads nothing by itself', async () => {
    const { page } = browser;
    const outside: string[] = [];
    page.on('request', (request) => {
      if (!request.url().startsWith(product.url)) outside.push(request.url());
    });
    await page.goto(`${product.url}/chat`);
    await page.getByRole('button', { name: 'Search the web' }).click();
    await ask(page, 'When was the bridge over the Kwell opened?');
    const answer = page.getByRole('article', { name: 'Answer' });
    await answer.getByText(/opened in the year 1932/).waitFor();
    await answer.getByText(/Search the web: 1 result/).waitFor();
    await answer
      .getByRole('button', { name: /The bridge over the Kwell/ })
      .last()
      .click();
    const link = page.getByRole('link', { name: 'Open page' });
    expect(await link.getAttribute('href')).toBe('https://bridges.invalid/kwell');
    expect(await link.getAttribute('target')).toBe('_blank');
    expect(await link.getAttribute('rel')).toContain('noopener');
    await page.getByText('https://bridges.invalid/kwell').waitFor();
    expect(outside).toEqual([]);
    expect(await page.getByRole('button', { name: 'Search the web' }).getAttribute('aria-pressed')).toBe(
      'false',
    );
  });
});
