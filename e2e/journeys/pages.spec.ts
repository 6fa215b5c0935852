import path from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { addDocuments, ask, chord, setUp } from '../lib/journey.ts';
import { Product, projectRoot } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';

const report = path.join(projectRoot, 'e2e/files/lighthouse-report.pdf');
describe('every page, at 360 and 1440 px, dark and light', () => {
  let product: Product;
  let browser: BrowserSession;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser({ width: 1440, height: 900 });
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  it('set-up', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/setup#code=${product.setupCode}`);
    await page.getByRole('heading', { name: 'Welcome' }).waitFor();
    await expectSound(page);
    await setUp(page, product);
  });

  it('home, for a new account', async () => {
    const { page } = browser;
    await page.getByText('Welcome to your workspace').first().waitFor();
    await page.getByRole('button', { name: 'How do I back up my workspace?' }).waitFor();
    await expectSound(page);
  });

  it('chat, empty', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/chat`);
    await page.getByRole('heading', { name: /What would you like to know/ }).waitFor();
    await page.getByText('Answers are quotations from your documents.').waitFor();
    await expectSound(page);
  });

  it('documents, and one document', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 1440, height: 900 });
    await addDocuments(page, product, [report]);
    await page.getByRole('heading', { name: 'Documents' }).waitFor();
    await expectSound(page);
    await page.getByRole('link', { name: 'lighthouse-report.pdf' }).click();
    await page.getByRole('heading', { name: 'lighthouse-report.pdf' }).waitFor();
    await page.getByText('stands on a granite reef').waitFor();
    await expectSound(page);
  });

  it('chat, with an answer', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/chat`);
    await ask(page, 'How tall is the Skerry lighthouse?');
    await page
      .getByRole('button', { name: /Source 1/ })
      .first()
      .waitFor();
    await page.getByRole('heading', { name: /How tall is the Skerry lighthouse/ }).waitFor();
    await expectSound(page);
  });

  it.each([
    ['settings/models', 'Providers'],
    ['settings/appearance', 'Theme'],
    ['settings/system', 'Health'],
  ])('%s', async (address, heading) => {
    const { page } = browser;
    await page.goto(`${product.url}/${address}`);
    await page.getByRole('heading', { name: 'Settings', level: 1 }).waitFor();
    await page.getByRole('heading', { name: heading, exact: true }).waitFor();
    await expectSound(page);
  });

  it.each([
    ['security', 'Your account needs protection'],
    ['security/methods', 'Passkeys'],
    ['security/devices', 'Devices'],
    ['security/sessions', 'Sessions'],
    ['security/alerts', 'Alerts'],
    ['security/activity', 'Activity'],
    ['security/api-keys', 'API keys'],
    ['security/certificates', 'Certificates'],
    ['security/privacy', 'A copy of your data'],
  ])('%s', async (address, heading) => {
    const { page } = browser;
    await page.goto(`${product.url}/${address}`);
    await page.getByRole('heading', { name: 'Security', level: 1 }).waitFor();
    await page.getByRole('heading', { name: heading, exact: true, level: 2 }).waitFor();
    await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
    await expectSound(page);
  });

  it('profile', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/profile`);
    await page.getByRole('heading', { name: 'Profile', level: 1 }).waitFor();
    await page.getByLabel('Name', { exact: true }).waitFor();
    await expectSound(page);
  });

  it('an address that leads nowhere', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/no/such/page`);
    await page.getByRole('heading', { name: 'This is not here' }).waitFor();
    await expectSound(page);
  });

  it('sign-in', async () => {
    const { page, context } = browser;
    const cookies = await context.cookies();
    await context.clearCookies();
    await page.goto(`${product.url}/documents`);
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
    await expectSound(page);
    await context.addCookies(cookies);
  });

  it('reports no error on any of these pages', () => {
    expect(browser.errors).toEqual([]);
  });

  describe('by keyboard alone', () => {
    const home = async (): Promise<Page> => {
      const { page } = browser;
      await page.setViewportSize({ width: 1440, height: 900 });
      await page.goto(product.url);
      await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
      return page;
    };

    it('the first Tab reaches the skip link, which leads to the content', async () => {
      const page = await home();
      await page.keyboard.press('Tab');
      expect(await page.evaluate(() => document.activeElement?.textContent?.trim())).toBe(
        'Skip to the content',
      );
      await page.keyboard.press('Enter');
      await expect.poll(() => page.evaluate(() => document.activeElement?.id)).toBe('main');
    });

    it('Ctrl-K opens the palette, which finds a page and goes there', async () => {
      const page = await home();
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog', { name: 'Search and commands' }).waitFor();
      await page.keyboard.type('docum');
      await page
        .getByRole('option', { name: /Documents/ })
        .first()
        .waitFor();
      await page.keyboard.press('Enter');
      await page.waitForURL(`${product.url}/documents`);
    });

    it('? lists the shortcuts and Escape closes the list', async () => {
      const page = await home();
      await page.keyboard.press('?');
      const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await list.waitFor();
      await expectAccessible(page);
      await page.keyboard.press('Escape');
      await list.waitFor({ state: 'detached' });
    });

    it('g then d goes to the documents, and back goes back', async () => {
      const page = await home();
      await chord(page, 'g', 'd');
      await page.waitForURL(`${product.url}/documents`);
      await page.goBack();
      await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
    });
  });
});
