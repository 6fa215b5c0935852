import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { ask, connectModels, setUp } from '../lib/journey.ts';
import { type ModelServer, Product, startModelServer } from '../lib/product.ts';

describe('what a model writes cannot reach out or run', () => {
  let product: Product;
  let models: ModelServer;
  let browser: BrowserSession;
  const reached: string[] = [];
  const elsewhere = createServer((request, response) => {
    reached.push(request.url ?? '');
    response.end();
  });
  beforeAll(async () => {
    product = await Product.start();
    models = await startModelServer();
    browser = await openBrowser();
    await new Promise<void>((resolve) => {
      elsewhere.listen(0, '127.0.0.1', resolve);
    });
    await setUp(browser.page, product);
    await connectModels(browser.page, product, models);
  });
  afterAll(async () => {
    await browser?.close();
    models?.stop();
    elsewhere.close();
    await product?.stop();
  });

  it('S36: an answer with pictures, frames, styles and scripts loads nothing and runs nothing', async () => {
    const { page } = browser;
    const outside = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
    const requested: string[] = [];
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== product.url) requested.push(request.url());
    });
    const answer = [
      `![chart](${outside}/image.png)`,
      '',
      '[press here](javascript:globalThis.broken=1)',
      '',
      `<img src="${outside}/raw.png" onerror="globalThis.broken=2">`,
      `<script>globalThis.broken=3;fetch("${outside}/script")</script>`,
      `<iframe src="${outside}/frame"></iframe><link rel="stylesheet" href="${outside}/style.css">`,
      `<svg onload="globalThis.broken=4"><use href="${outside}/svg#a"></use></svg>`,
      `<div style="background:url(${outside}/style-image)">styled</div>`,
      '',
      `$\\href{javascript:globalThis.broken=5}{x}\\includegraphics{${outside}/math.png}$`,
      '',
      'That is all.',
    ].join('\n');
    await models.script({ path: '/api/chat', times: 1, answer });
    await page.goto(`${product.url}/chat`);
    await ask(page, 'Show me a chart.');
    const shown = page.getByRole('article', { name: 'Answer' });
    await shown.getByText('That is all.').waitFor();
    await shown.getByRole('button', { name: 'Answer again' }).waitFor();
    await shown.getByText('press here').click();

    expect(
      await shown.locator('img, iframe, script, link, object, [onerror], [onload], [style*="url("]').count(),
    ).toBe(0);
    expect(await shown.locator('a[href^="javascript:"]').count()).toBe(0);
    expect(await page.evaluate(() => (globalThis as { broken?: number }).broken)).toBeUndefined();
    expect(requested).toEqual([]);
    expect(reached).toEqual([]);
  });

  it('S29: the policy of the page allows no inline script, no evaluation and no other origin', async () => {
    const response = await browser.page.goto(product.url);
    const policy = response?.headers()['content-security-policy'] ?? '';
    const directives = new Map(
      policy.split(';').map((part) => {
        const [name = '', ...sources] = part.trim().split(/\s+/);
        return [name, sources];
      }),
    );
    const scripts = directives.get('script-src') ?? directives.get('default-src') ?? [];
    expect(scripts).toContain("'self'");
    for (const forbidden of ["'unsafe-inline'", "'unsafe-eval'", '*', 'data:', 'http:', 'https:'])
      expect(scripts).not.toContain(forbidden);
    expect(directives.get('frame-ancestors')).toEqual(["'none'"]);
    expect(directives.get('object-src') ?? directives.get('default-src')).toEqual(["'none'"]);
  });

  it('S29: the browser refuses a script that got into the page all the same', async () => {
    const { page } = browser;
    await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
    const blocked = page.evaluate(
      () =>
        new Promise<string>((resolve) => {
          document.addEventListener('securitypolicyviolation', (event) => resolve(event.effectiveDirective));
          const script = document.createElement('script');
          script.textContent = 'globalThis.broken = 6';
          document.body.append(script);
        }),
    );
    expect(await blocked).toMatch(/^script-src/);
    expect(await page.evaluate(() => (globalThis as { broken?: number }).broken)).toBeUndefined();
  });
});
