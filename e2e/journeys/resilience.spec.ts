import type { Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { ask, setUp, signIn, waitForSample } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';

const unavailable = /The server is not available/;
const composer = (page: Page) => page.getByRole('textbox', { name: 'Question', exact: true });

describe('when things go away', () => {
  let product: Product;
  let browser: BrowserSession;
  let page: Page;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser();
    page = browser.page;
    await setUp(page, product);
    await waitForSample(page, product);
    await page.goto(`${product.url}/chat`);
    await ask(page, 'What happens without a model?');
    await page
      .getByRole('button', { name: /Source 1/ })
      .first()
      .waitFor();
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  it('I12: the server stops in the middle of typing: a banner, the text stays, and it mends itself', async () => {
    await composer(page).fill('How do I back');
    await product.kill();
    await page.getByText(unavailable).waitFor();
    await composer(page).pressSequentially(' up my workspace?');
    await expectAccessible(page);
    await product.start();
    await page.getByText(unavailable).waitFor({ state: 'detached' });
    expect(await composer(page).inputValue()).toBe('How do I back up my workspace?');
    await composer(page).press('Enter');
    await page.getByText(/Stop the server, copy that folder/).waitFor();
  });

  it('I12: a page opened while the server is away says so and opens by itself when it is back', async () => {
    await page.goto(`${product.url}/chat`);
    await composer(page).waitFor();
    await product.kill();
    await page.getByText(unavailable).waitFor();
    await page.getByRole('link', { name: 'Documents', exact: true }).click();
    await page.getByText('The server does not answer').first().waitFor();
    await product.start();
    await page.getByRole('row').filter({ hasText: 'Welcome to your workspace.md' }).waitFor();
  });

  it('I12: without a network there is a banner, and everything goes on afterwards', async () => {
    await page.goto(`${product.url}/chat`);
    await composer(page).fill('How is my privacy protected?');
    await browser.context.setOffline(true);
    await page.getByText(/You are offline/).waitFor();
    await composer(page).press('Enter');
    await page.getByRole('alert').filter({ hasText: 'You are offline' }).waitFor();
    expect(await composer(page).inputValue()).toBe('How is my privacy protected?');
    await browser.context.setOffline(false);
    await page.getByText(/You are offline. What/).waitFor({ state: 'detached' });
    await composer(page).press('Enter');
    await page.getByText(/stored in one data folder/).waitFor();
  });

  describe('a slow network', () => {
    afterEach(() => page.unrouteAll());

    it('shows the shape of what is coming, and then what came', async () => {
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await page.route(/\/api\/v1\/documents\?/, async (route) => {
        await held;
        await route.continue();
      });
      await page.goto(`${product.url}/documents`);
      const skeleton = page.getByRole('status', { name: 'Loading' });
      await skeleton.waitFor();
      await expectAccessible(page);
      goOn();
      await skeleton.waitFor({ state: 'detached' });
      await page.getByRole('row').filter({ hasText: 'Welcome to your workspace.md' }).waitFor();
    });
  });

  it('I12: a session that was ended elsewhere leads to sign-in and back, and what was typed is still there', async () => {
    await page.goto(`${product.url}/chat`);
    await page.getByRole('link', { name: 'What happens without a model?' }).first().click();
    await page.waitForURL(/\/chat\/[0-9a-f-]+$/);
    const here = page.url();
    await composer(page).fill('A thought that must not get lost');
    const other = await openBrowser();
    try {
      await other.page.goto(product.url);
      await signIn(other.page);
      await other.page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
      await other.page.goto(`${product.url}/security/sessions`);
      await other.page.getByRole('button', { name: 'End all others' }).click();
      await other.page
        .getByRole('alertdialog')
        .or(other.page.getByRole('dialog'))
        .getByRole('button', { name: 'End all others' })
        .click();
      await other.page.getByText('All other sessions are ended').waitFor();
    } finally {
      await other.close();
    }
    await page.getByText('Your session ended.').waitFor();
    await signIn(page);
    await page.waitForURL(here);
    await expect.poll(() => composer(page).inputValue()).toBe('A thought that must not get lost');
  });
});

describe('access tokens that run out', () => {
  let product: Product;
  let browser: BrowserSession;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser();
    await setUp(browser.page, product);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  it('S18: two tabs that renew at the same moment both stay signed in', async () => {
    const { context, page } = browser;
    const renewals: number[] = [];
    const signIns: string[] = [];
    const second = await context.newPage();
    for (const tab of [page, second]) {
      tab.on('response', (response) => {
        if (response.url().endsWith('/auth/refresh')) renewals.push(response.status());
      });
      tab.on('framenavigated', (frame) => {
        if (frame.url().includes('/sign-in')) signIns.push(frame.url());
      });
    }
    await context.clock.install();
    await page.reload();
    await second.goto(`${product.url}/documents`);
    await second.getByRole('row').filter({ hasText: 'Welcome to your workspace.md' }).waitFor();
    await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
    const round = async (): Promise<void> => {
      const before = renewals.length;
      await context.clock.fastForward('01:00:00');
      await expect.poll(() => renewals.length).toBeGreaterThan(before);
    };
    await round();
    await round();
    await page.reload();
    await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
    await second.getByRole('link', { name: 'Home', exact: true }).click();
    await second.getByRole('heading', { name: /What do you want to know/ }).waitFor();
    expect(new Set(renewals)).toEqual(new Set([200]));
    expect(signIns).toEqual([]);
  });
});
