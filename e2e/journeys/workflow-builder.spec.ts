import { readFileSync } from 'node:fs';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, holdFrames, openBrowser } from '../lib/browser.ts';
import { chord, setUp } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';

describe('the workflow builder', () => {
  let product: Product;
  let browser: BrowserSession;
  let page: Page;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser({ width: 1440, height: 900 });
    page = browser.page;
    await setUp(page, product);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const node = (id: string): Locator => page.locator(`.svelte-flow__node[data-id="${id}"]`);
  const handle = (id: string, port: string): Locator =>
    page.locator(`.svelte-flow__handle[data-nodeid="${id}"][data-handleid="${port}"]`);
  const edges = (): Promise<(string | null)[]> =>
    page
      .locator('.svelte-flow__edge')
      .evaluateAll((found) =>
        found.map((edge) => edge.getAttribute('data-id')?.replaceAll('\n', ' ') ?? null).sort(),
      );
  const openList = async (): Promise<void> => {
    await page.goto(`${product.url}/workflows`);
    await page.getByRole('heading', { name: 'Workflows', level: 1 }).waitFor();
  };
  const panel = (name: string): Locator => page.getByRole('complementary', { name });
  const ready = (): Promise<void> => page.getByRole('button', { name: 'Ready' }).waitFor();
  /** Chooses a step with the keyboard: Enter on the step itself. */
  const choose = async (id: string): Promise<void> => {
    await node(id).focus();
    await page.keyboard.press('Enter');
  };

  it('g then w leads to the list, where a sample runs at a click', async () => {
    await chord(page, 'g', 'w');
    await page.waitForURL(`${product.url}/workflows`);
    await page.getByRole('button', { name: 'Run “Sample: what my documents say”' }).click();
    await page.waitForURL(/\/runs\/[\w-]+$/);
    await page.getByText('Succeeded').first().waitFor();
    await openList();
    await page.getByRole('img', { name: 'Last runs: 1 Succeeded' }).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('a template becomes a workflow that is ready, on a canvas that is sound', async () => {
    await openList();
    await page.getByRole('button', { name: 'New workflow' }).click();
    await page.getByRole('dialog').getByText('Tasks out of a text').waitFor();
    await expectAccessible(page);
    await page.getByRole('button', { name: /^Tasks out of a text/ }).click();
    await node('extract').waitFor();
    await ready();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await node('extract').click();
    await panel('Find the tasks').waitFor();
    await expectAccessible(page);
  });

  it('at 360 px the steps are a list that opens their settings', async () => {
    await page.keyboard.press('Escape');
    await page.setViewportSize({ width: 360, height: 740 });
    await page.getByText('To draw, use a wider window.').waitFor();
    await page.getByRole('button', { name: /Find the tasks/ }).click();
    await panel('Find the tasks').getByLabel('Prompt').waitFor();
    await expectAccessible(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('is drawn with the mouse: a step is dragged to its place, a connection pulled to it', async () => {
    await openList();
    await page.getByRole('button', { name: 'New workflow' }).click();
    await page.getByRole('button', { name: /^Blank workflow/ }).click();
    await node('end').waitFor();
    await page
      .getByRole('button', { name: 'Text', exact: true })
      .dragTo(page.locator('.svelte-flow__pane'), { targetPosition: { x: 480, y: 620 } });
    await node('text').waitFor();
    await page
      .getByRole('button', { name: /problem/ })
      .first()
      .waitFor();
    await handle('start', 'next').dragTo(handle('text', 'in'));
    await expect.poll(edges).toEqual(['start next text']);
  });

  it('asks for input by fields, and offers them where they can be named', async () => {
    await page.getByRole('button', { name: 'Workflow settings' }).click();
    await panel('Workflow settings').getByRole('button', { name: 'Add a field' }).click();
    await panel('Workflow settings').getByLabel('Name of field 1').fill('name');
    await page.keyboard.press('Tab');
    await choose('text');
    const text = panel('Text').getByRole('textbox', { name: 'Text', exact: true });
    await text.fill('Hello ');
    await text.press('End');
    await page.keyboard.type('{{');
    await page.getByRole('menuitem', { name: 'input.name' }).click();
    await expect.poll(() => text.inputValue()).toBe('Hello {{input.name}}');
    await page.keyboard.type('!');
    await expect.poll(() => text.inputValue()).toBe('Hello {{input.name}}!');
    await page.keyboard.press('Backspace');
  });

  it('is drawn with the keyboard: N adds a step after the chosen one, the inspector connects it', async () => {
    await choose('text');
    const release = await holdFrames(page);
    await page.keyboard.press('n');
    await page.keyboard.type('transform');
    await page.keyboard.press('Enter');
    await release();
    await node('transform').waitFor();
    await expect.poll(edges).toEqual(['start next text', 'text next transform']);
    const inspector = panel('Transform');
    await inspector.getByLabel('“Then” leads to').selectOption({ label: 'End · end' });
    await expect.poll(edges).toContain('transform next end');
    const before = await node('transform').boundingBox();
    await choose('transform');
    await page.keyboard.press('Shift+ArrowDown');
    await expect.poll(async () => (await node('transform').boundingBox())!.y).toBeGreaterThan(before!.y);
  });

  it('shows a problem at its step and its field, and forgets it when it is mended', async () => {
    const expression = panel('Transform').getByLabel('New value');
    await expression.fill('$uppercase(steps.text.output');
    await panel('Transform')
      .getByText(/The expression cannot be read/)
      .waitFor();
    await page.getByRole('button', { name: '1 problem' }).click();
    await panel('Problems')
      .getByRole('button', { name: /cannot be read/ })
      .click();
    await panel('Transform').getByLabel('New value').fill('$uppercase(steps.text.output)');
    await ready();
  });

  it('tries one step with sample data', async () => {
    await panel('Transform').getByRole('tab', { name: 'Settings' }).focus();
    await page.keyboard.press('ArrowRight');
    await panel('Transform').getByLabel('Output of “Text”').fill('"hello"');
    await panel('Transform').getByRole('button', { name: 'Try this step' }).click();
    const result = panel('Transform').getByRole('status', { name: 'Result' });
    await result.getByText('HELLO').waitFor();
    await result.getByText('Succeeded').waitFor();
  });

  it('takes changes back and brings them again', async () => {
    await choose('end');
    await page.keyboard.press('Delete');
    await node('end').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await node('end').waitFor();
    await page.keyboard.press('Control+Shift+z');
    await node('end').waitFor({ state: 'detached' });
    await page.keyboard.press('Control+z');
    await node('end').waitFor();
    await expect.poll(edges).toContain('transform next end');
  });

  it('keeps what is not saved across a reload', async () => {
    await page.getByText('Not saved').waitFor();
    await page.reload();
    await page.getByText(/Your unsaved changes from .* are here again/).waitFor();
    await node('transform').waitFor();
  });

  it('says while the browser has no room for what is not saved', async () => {
    const notice = page.getByText('kept only while this page is open');
    await page.evaluate(() => {
      Storage.prototype.setItem = () => {
        throw new DOMException('full', 'QuotaExceededError');
      };
    });
    await choose('end');
    await page.keyboard.press('Delete');
    await notice.waitFor();
    await page.evaluate(() => {
      const frame = document.body.appendChild(document.createElement('iframe'));
      const { setItem } = (frame.contentWindow as Window & typeof globalThis).Storage.prototype;
      Storage.prototype.setItem = setItem;
      frame.remove();
    });
    await page.keyboard.press('Control+z');
    await node('end').waitFor();
    await notice.waitFor({ state: 'detached' });
  });

  it('is saved and run, and the canvas shows the run', async () => {
    await page.keyboard.press('Control+s');
    await page.getByText('Version 2, saved').waitFor();
    await page.getByRole('button', { name: 'Run', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name').fill('Ada');
    await dialog.getByRole('button', { name: 'Run' }).click();
    await page.getByRole('link', { name: 'Open run' }).waitFor();
    const strip = page.getByRole('status').filter({ has: page.getByRole('link', { name: 'Open run' }) });
    await strip.getByText('Succeeded').waitFor();
    await expect.poll(() => node('transform').innerText()).toContain('Succeeded');
    const address = await page.getByRole('link', { name: 'Open run' }).getAttribute('href');
    const output = await page.evaluate(async (path) => {
      const run = (await (await fetch(`/api/v1${path}`)).json()) as { output: unknown };
      return run.output;
    }, address);
    expect(output).toBe('HELLO ADA');
  });

  it('says in words what changed between versions, and brings an older one back', async () => {
    await choose('text');
    await panel('Text').getByRole('textbox', { name: 'Text', exact: true }).fill('Goodbye {{input.name}}');
    await page.keyboard.press('Control+s');
    await page.getByText('Version 3, saved').waitFor();
    await page.getByRole('button', { name: 'Versions' }).click();
    await panel('Versions')
      .getByRole('button', { name: /^Version 2/ })
      .click();
    await panel('Versions').getByText('Hello {{input.name}}').waitFor();
    await panel('Versions').getByText('Goodbye {{input.name}}').waitFor();
    await expectAccessible(page);
    await panel('Versions').getByRole('button', { name: 'Make this the newest version' }).click();
    await page.getByText('Version 4, saved').waitFor();
    await expect.poll(() => node('text').innerText()).toContain('Hello {{input.name}}');
  });

  it('asks who wins when it was saved elsewhere meanwhile', async () => {
    await choose('text');
    await panel('Text').getByLabel('Name', { exact: true }).fill('Greeting');
    await page.evaluate(async () => {
      const path = `/api/v1${location.pathname}`;
      const token = (await (await fetch('/api/v1/auth/csrf-token')).json()) as { csrf_token: string };
      const { definition } = (await (await fetch(path)).json()) as {
        definition: { nodes: { id: string; name?: string }[] };
      };
      const nodes = definition.nodes.map((one) =>
        one.id === 'transform' ? { ...one, name: 'Louder' } : one,
      );
      const headers = { 'content-type': 'application/json', 'x-csrf-token': token.csrf_token };
      const body = JSON.stringify({ definition: { ...definition, nodes } });
      await fetch(path, { method: 'PATCH', headers, body });
    });
    const dialog = page.getByRole('dialog', { name: 'This workflow was changed elsewhere' });
    await dialog.waitFor();
    await dialog.getByText('Greeting').first().waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Mine becomes the newest' }).click();
    await page.getByText('Version 6, saved').waitFor();
    await expect.poll(() => node('text').innerText()).toContain('Greeting');
  });

  it('starts by schedule and by signed webhook; the list says when it comes next', async () => {
    await page.getByRole('button', { name: 'Triggers' }).click();
    await page.getByRole('button', { name: 'Add a trigger' }).click();
    await page.getByRole('menuitem', { name: /Schedule/ }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('How often').selectOption({ label: 'Every week' });
    await dialog.getByText('On weekdays at 09:00').waitFor();
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await panel('Triggers')
      .getByText(/^Next:/)
      .waitFor();
    await page.getByRole('button', { name: 'Add a trigger' }).click();
    await page.getByRole('menuitem', { name: /Webhook/ }).click();
    await dialog.getByRole('button', { name: 'Create' }).click();
    await dialog
      .getByText(/^whsec_/)
      .first()
      .waitFor();
    await dialog.getByRole('button', { name: 'I have kept the secret' }).click();
    await expectAccessible(page);
    await openList();
    await page.getByText(/^Next /).waitFor();
  });

  it('leaves as a file and comes back from it', async () => {
    await page.getByRole('button', { name: 'Actions for “New workflow”' }).click();
    const download = page.waitForEvent('download');
    await page.getByRole('menuitem', { name: 'Export as a file' }).click();
    const file = await (await download).path();
    await page
      .locator('input[type=file]')
      .first()
      .setInputFiles({
        name: 'back.json',
        mimeType: 'application/json',
        buffer: readFileSync(file),
      });
    await node('transform').waitFor();
    await expect.poll(edges).toEqual(['start next text', 'text next transform', 'transform next end']);
    await page.getByText('Version 1, saved').waitFor();
  });

  it('says everything that is wrong with a file', async () => {
    await openList();
    const input = page.locator('input[type=file]').first();
    const give = (text: string) =>
      input.setInputFiles({ name: 'x.json', mimeType: 'application/json', buffer: Buffer.from(text) });
    await give('{"kind":"something"}');
    const refusal = page.getByRole('alert').filter({ hasText: 'This file is no workflow' });
    await refusal.getByText('It has no “name”.').waitFor();
    await refusal.getByText(/exported from here/).waitFor();
    await give('no json');
    await refusal.getByText(/It is no JSON/).waitFor();
    await expectAccessible(page);
  });

  it('is switched off and on, copied, found, and deleted by its name', async () => {
    await page.getByRole('listitem').filter({ hasText: 'Tasks out of a text' }).getByRole('switch').click();
    await page.getByText('Off', { exact: true }).waitFor();
    await page.getByRole('button', { name: 'Actions for “Tasks out of a text”' }).click();
    await page.getByRole('menuitem', { name: 'Duplicate' }).click();
    await page.getByRole('heading', { name: 'Copy of Tasks out of a text' }).waitFor();
    await openList();
    await page.getByLabel('Search workflows').fill('copy tasks');
    await expect.poll(() => page.locator('[data-workflow]').count()).toBe(1);
    await page.getByRole('button', { name: /Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await page.getByRole('dialog').getByRole('textbox').fill('Copy of Tasks out of a text');
    await page.getByRole('dialog').getByRole('button', { name: 'Delete' }).click();
    await page.getByText('No workflow matches').waitFor();
    await page.getByLabel('Search workflows').fill('');
    await expectSound(page);
  });

  it('reports no error on any of these pages', () => {
    expect(browser.errors).toEqual([]);
  });
});
