import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, it } from 'vitest';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { ask, setUp } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';
import { createWorkflow } from '../lib/workflows.ts';

describe('a workflow that answers in a chat', () => {
  let product: Product;
  let browser: BrowserSession;
  let page: Page;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser();
    page = browser.page;
    await setUp(page, product);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  it('is switched on in the builder, chosen in the menu of modes, and answers without a model', async () => {
    const echo = { id: 'echo', type: 'transform', config: { expression: '"You asked: " & input.question' } };
    const id = await createWorkflow(page, 'Parrot', [echo], ['start>echo']);
    await page.goto(`${product.url}/workflows/${id}`);
    await page.getByRole('button', { name: 'Triggers' }).click();
    await page.getByRole('button', { name: 'Add a trigger' }).click();
    await page.getByRole('menuitem', { name: /In a chat/ }).click();
    await page.getByText('You find it in the menu of modes of your chats.').waitFor();
    await expectAccessible(page);
    await page.goto(`${product.url}/chat`);
    await page.getByRole('button', { name: /^Mode:/ }).click();
    await page.getByRole('menu').getByText('Your workflows').waitFor();
    await page.getByRole('menuitem', { name: 'Parrot' }).click();
    await page.getByRole('button', { name: 'Mode: Parrot' }).waitFor();
    await ask(page, 'Who is there?');
    await page.getByText('You asked: Who is there?').waitFor();
    await page.getByText('1 step', { exact: false }).first().click();
    await page.locator('a[href^="/runs/"]').waitFor();
  });
});
