import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { account, addDocuments, ask, setUp, signIn } from '../lib/journey.ts';
import { Product, projectRoot } from '../lib/product.ts';

const report = path.join(projectRoot, 'e2e/files/lighthouse-report.pdf');

describe('the first minute, with no model connected', () => {
  let product: Product;
  let browser: BrowserSession;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser();
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  it('sets up the first account with the printed code and lands at home', async () => {
    const { page } = browser;
    await setUp(page, product);
    expect(await page.getByRole('navigation', { name: 'Main' }).isVisible()).toBe(true);
    await page.getByText('Welcome to your workspace').first().waitFor();
    await expectAccessible(page);
  });

  it('does not offer set-up twice', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/setup`);
    await page.waitForURL((url) => url.pathname !== '/setup');
  });

  it('reads a real PDF through all stages', async () => {
    const { page } = browser;
    await addDocuments(page, product, [report]);
    await expectAccessible(page);
  });

  it('answers a question by quotation, streamed, with citations, and says that no model is connected', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/chat`);
    await page.getByText('Answers are quotations from your documents.').waitFor();
    await ask(page, 'How tall is the Skerry lighthouse?');
    await page.getByText('forty-one metres').first().waitFor();
    await page
      .getByRole('button', { name: /Source 1/ })
      .first()
      .waitFor();
    await expectAccessible(page);
  });

  it('opens the passage of a citation, verified word for word, and says why', async () => {
    const { page } = browser;
    await page
      .getByRole('button', { name: /Source 1/ })
      .first()
      .click();
    const panel = page.getByRole('complementary').filter({ hasText: 'Verified word for word' });
    await panel.waitFor();
    expect(await panel.innerText()).toContain('lighthouse-report.pdf');
    await panel.getByText('Why this passage').first().click();
    await panel.getByText(/Words it shares with the question/).waitFor();
    await expectAccessible(page);
  });

  it('shows the same answer after a reload', async () => {
    const { page } = browser;
    await page.reload();
    await page.getByText('forty-one metres').first().waitFor();
    await page
      .getByRole('button', { name: /Source 1/ })
      .first()
      .waitFor();
  });

  it('finds the passage by search on the documents page', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/documents`);
    await page.getByRole('searchbox', { name: 'Search what your documents say' }).fill('keeper of the lamp');
    await page.locator('mark').first().waitFor();
  });

  it('signs out, refuses a wrong password without losing what was typed, and signs in again', async () => {
    const { page } = browser;
    await page.goto(product.url);
    await page.getByRole('button', { name: `Account of ${account.name}` }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expectAccessible(page);
    await signIn(page, 'not the right password at all');
    await page.getByText('E-mail or password is not right.').waitFor();
    expect(await page.getByLabel('E-mail').inputValue()).toBe(account.email);
    await signIn(page);
    await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
  });

  it('reports no error on any of these pages', () => {
    expect(browser.errors).toEqual([]);
  });
});
