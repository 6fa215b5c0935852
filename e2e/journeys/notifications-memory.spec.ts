import type { Page, Request } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { chord, setUp } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';

let product: Product;
let browser: BrowserSession;
beforeAll(async () => {
  product = await Product.start();
  browser = await openBrowser({ width: 1440, height: 900 });
  await setUp(browser.page, product);
});
afterAll(async () => {
  await browser?.close();
  await product?.stop();
});

/** Sends a request as the page does. */
function send<Body>(page: Page, path: string, body: object): Promise<Body> {
  return page.evaluate(
    async ([address, payload]) => {
      const { csrf_token: token } = await (await fetch('/api/v1/auth/csrf-token')).json();
      const headers = { 'content-type': 'application/json', 'x-csrf-token': token };
      const answer = await fetch(`/api/v1${address}`, { method: 'POST', headers, body: payload });
      if (!answer.ok) throw new Error(await answer.text());
      return answer.json();
    },
    [path, JSON.stringify(body)] as const,
  );
}

/** Runs a workflow of one tool, as a schedule would at night. */
async function useTool(page: Page, tool: string, input: object): Promise<void> {
  const nodes = [
    { id: 'start', type: 'start' },
    { id: 'use', type: 'tool', approval: 'never', config: { tool, input } },
  ];
  const definition = { format: 1, nodes, edges: [{ from: 'start', to: 'use' }] };
  const { id } = await send<{ id: string }>(page, '/workflows', { name: 'Night watch', definition });
  await send(page, `/workflows/${id}/runs`, {});
}

const bell = (page: Page, count: number) =>
  page.getByRole('button', { name: `Notifications, ${count} unread` }).filter({ visible: true });

describe('notifications', () => {
  it('arrive at the bell while the page is open, and lead to what they are about', async () => {
    const { page } = browser;
    await bell(page, 0).waitFor();
    await useTool(page, 'notifications.send', {
      title: 'The backup is done',
      body: 'Twelve files.\nNothing was skipped.',
      href: '/documents',
    });
    await useTool(page, 'notifications.send', { title: 'The disk is nearly full' });
    await bell(page, 2).click();
    const sheet = page.getByRole('dialog', { name: 'Notifications' });
    await sheet.getByText('Nothing was skipped.').waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await sheet.getByRole('link', { name: /The backup is done/ }).click();
    await page.getByRole('heading', { name: 'Documents' }).waitFor();
    await bell(page, 1).waitFor();
    expect(await sheet.count()).toBe(0);
  });

  it('are opened and closed by keyboard', async () => {
    const { page } = browser;
    await bell(page, 1).focus();
    await page.keyboard.press('Enter');
    await page.getByRole('dialog', { name: 'Notifications' }).waitFor();
    await page.keyboard.press('Escape');
    await page.getByRole('dialog', { name: 'Notifications' }).waitFor({ state: 'detached' });
    await chord(page, 'g', 'n');
    await page.getByRole('heading', { name: 'Notifications', level: 1 }).waitFor();
  });

  it('are listed on a page, where they are read and removed, and removal is undone', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/notifications`);
    await page.getByRole('button', { name: 'Mark as read: The disk is nearly full' }).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'Mark all as read' }).click();
    await bell(page, 0).waitFor();
    await page.getByRole('link', { name: 'Unread' }).click();
    await page.getByText('Everything is read').waitFor();
    await page.getByRole('link', { name: 'All', exact: true }).click();
    await page.getByRole('button', { name: 'Remove: The disk is nearly full' }).click();
    await page.getByText('Notification removed.').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByRole('button', { name: 'Remove: The disk is nearly full' }).waitFor();
  });

  it('are asked for when a page opens or something came, and not over and over', async () => {
    const { page } = browser;
    let reads = 0;
    const count = (request: Request): void => {
      if (new URL(request.url()).pathname === '/api/v1/notifications') reads += 1;
    };
    page.on('request', count);
    await page.goto(`${product.url}/notifications`);
    await page.getByRole('button', { name: 'Remove: The disk is nearly full' }).waitFor();
    await page.waitForTimeout(2_000);
    page.off('request', count);
    // One for the bell, one for the page, both again once the page hears what changes; and what came late.
    expect(reads).toBeGreaterThan(1);
    expect(reads).toBeLessThan(10);
  });

  it('come as people chose', async () => {
    const { page } = browser;
    await page.goto(`${product.url}/settings/notifications`);
    const choice = page.getByRole('checkbox', { name: 'News from your workflows: In the app' });
    await choice.uncheck();
    await expect.poll(() => choice.isEnabled()).toBe(true);
    await page.getByText('This server sends no e-mail yet.').waitFor();
    await expectSound(page);
    await page.reload();
    await choice.waitFor();
    expect(await choice.isChecked()).toBe(false);
    expect(await page.getByRole('checkbox', { name: 'Security: In the app' }).isDisabled()).toBe(true);
  });
});

describe('memory', () => {
  it('is empty and off until the person decides, and says so', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.goto(`${product.url}/settings/memory`);
    await page.getByText('Nothing is remembered yet').waitFor();
    const allow = page.getByRole('switch', { name: 'Memory of the assistant' });
    expect(await allow.isChecked()).toBe(false);
    await expectSound(page);
    await allow.check();
    await page.getByText('Memory is on.').waitFor();
  });

  it('takes facts, and refuses one that it has without losing what was typed', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 1440, height: 900 });
    const field = page.getByRole('textbox', { name: 'A fact about you' });
    await field.fill('I prefer trains to planes.');
    await page.getByRole('button', { name: 'Remember', exact: true }).click();
    await page.getByText('1 of 500 facts').waitFor();
    await field.fill('i prefer trains to planes');
    await page.keyboard.press('Control+Enter');
    await page.getByText(/This is remembered already/).waitFor();
    expect(await field.inputValue()).toBe('i prefer trains to planes');
  });

  it('shows where a fact comes from that a workflow keeps, as it comes', async () => {
    const { page } = browser;
    await useTool(page, 'memory.remember', { content: 'Works from home on Fridays' });
    await page.getByRole('link', { name: 'Workflow: Night watch' }).waitFor();
    await expectSound(page);
  });

  it('is searched, corrected and forgotten', async () => {
    const { page } = browser;
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('searchbox', { name: 'Search the facts' }).fill('frid');
    await page.getByText('I prefer trains to planes.').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Change: Works from home on Fridays' }).click();
    await page.getByRole('textbox', { name: 'Fact', exact: true }).fill('Works from home on Mondays');
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('No fact has these words').waitFor();
    await page.getByRole('searchbox', { name: 'Search the facts' }).fill('');
    await page.getByRole('button', { name: 'Forget: Works from home on Mondays' }).click();
    await page.getByText('1 of 500 facts').waitFor();
    await page.getByRole('button', { name: 'Undo' }).click();
    await page.getByText('2 of 500 facts').waitFor();
    await page.getByText('Works from home on Mondays').waitFor();
  });
});

it('reports no error on any of these pages', () => {
  expect(browser.errors).toEqual([]);
});
