import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { ask, setUp, waitForSample } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';

describe('a page reloaded in the very moment of sending', () => {
  let product: Product;
  let browser: BrowserSession;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser();
    await setUp(browser.page, product);
    await waitForSample(browser.page, product);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  it.each([
    ['before the server has the question', false],
    ['after the server has it, and before its answer arrives', true],
  ])('shows the question once: %s', async (_when, reachesServer) => {
    const { page } = browser;
    const question = reachesServer ? 'How do I back up my workspace?' : 'What happens without a model?';
    let sent = (): void => {};
    const isSent = new Promise<void>((resolve) => {
      sent = resolve;
    });
    await page.goto(`${product.url}/chat`);
    await page.route(
      '**/conversations/begin',
      async (route) => {
        if (reachesServer) await route.fetch();
        sent();
      },
      { times: 1 },
    );
    await ask(page, question);
    await isSent;
    await page.reload();
    await page.waitForURL(/\/chat\/./);
    await page.getByRole('article', { name: 'Answer' }).waitFor();
    await page.getByRole('article', { name: 'Your question' }).getByText(question).waitFor();
    expect(await page.getByRole('article', { name: 'Your question' }).count()).toBe(1);
    expect(await page.getByRole('textbox', { name: /question/i }).inputValue()).toBe('');
    await page.reload();
    await page.getByRole('article', { name: 'Answer' }).waitFor();
    expect(await page.getByRole('textbox', { name: /question/i }).inputValue()).toBe('');
    const list = page.getByRole('complementary', { name: 'Conversations' });
    await list.getByRole('link', { name: question }).first().waitFor();
    expect(await list.getByRole('link', { name: question }).count()).toBe(1);
    expect(await list.getByText('New conversation').count()).toBe(0);
  });
});
