import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { connectModels, setUp } from '../lib/journey.ts';
import { type ModelServer, Product, startModelServer } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';
import { callApi, createWorkflow, startRun, untilRun } from '../lib/workflows.ts';

const text = (id: string, name: string, template: string) => ({
  id,
  name,
  type: 'text',
  config: { template },
});

describe('runs and approvals', () => {
  let product: Product;
  let models: ModelServer;
  let browser: BrowserSession;
  let page: Page;
  const workflows = { story: '', greeting: '', letter: '', rest: '', links: '', family: '' };
  beforeAll(async () => {
    product = await Product.start();
    models = await startModelServer();
    browser = await openBrowser({ width: 1440, height: 900 });
    page = browser.page;
    await setUp(page, product);
    await connectModels(page, product, models);
    workflows.story = await createWorkflow(
      page,
      'Tell a story',
      [
        {
          id: 'write',
          name: 'Write the story',
          type: 'prompt',
          config: { prompt: 'A story about {{input.about}}' },
        },
        text('praise', 'Praise it', 'A story of {{steps.write.output.model}}'),
      ],
      ['start>write', 'write>praise'],
    );
    workflows.greeting = await createWorkflow(
      page,
      'Greet a customer',
      [
        text('hello', 'Say hello', 'Hello {{input.name}}'),
        text('bye', 'Say goodbye', 'Bye. {{steps.hello.output}}'),
      ],
      ['start>hello', 'hello>bye'],
    );
    workflows.letter = await createWorkflow(
      page,
      'Send a letter',
      [
        {
          id: 'ask',
          name: 'Ask the editor',
          type: 'approval',
          config: {
            title: 'Send the letter to {{input.to}}?',
            detail: 'Please **read** it first.',
            data: { subject: 'Lighthouses', pages: 2 },
            expires_in_seconds: 7_200,
          },
        },
        text('yes', 'Send it', 'Sent: {{steps.ask.output.comment}}'),
        text('no', 'Put it aside', 'Not sent'),
      ],
      ['start>ask', 'ask:approved>yes', 'ask:rejected>no'],
    );
    workflows.rest = await createWorkflow(
      page,
      'Wait for tomorrow',
      [
        { id: 'rest', name: 'Wait a day', type: 'wait', config: { seconds: 86_400 } },
        text('up', 'Get up', 'up'),
      ],
      ['start>rest', 'rest>up'],
    );
    workflows.links = await createWorkflow(
      page,
      'Check links',
      [
        {
          id: 'each',
          name: 'For each link',
          type: 'loop',
          config: { items: '{{input.links}}', max_parallel: 8 },
        },
        text('check', 'Check', 'Checked {{item}}'),
      ],
      ['start>each', 'each:each>check'],
    );
    workflows.family = await createWorkflow(
      page,
      'Greet the family',
      [
        { id: 'fork', name: 'Both at once', type: 'parallel' },
        text('cake', 'Bake a cake', 'Cake'),
        {
          id: 'sub',
          name: 'Greet the aunt',
          type: 'sub_workflow',
          config: { workflow_id: workflows.greeting, input: { name: 'Aunt May' } },
        },
        { id: 'join', name: 'Come together', type: 'join' },
      ],
      ['start>fork', 'fork>cake', 'fork>sub', 'cake>join', 'sub>join'],
    );
  });
  afterAll(async () => {
    await browser?.close();
    models?.stop();
    await product?.stop();
  });

  const open = async (id: string, tab = page): Promise<void> => {
    await tab.goto(`${product.url}/runs/${id}`);
    await line('Start', tab).waitFor();
  };
  const line = (name: string | RegExp, tab = page): Locator =>
    tab.getByRole('tree', { name: 'Steps of the run' }).getByRole('treeitem', { name });
  const state = (name: string, tab = page): Locator =>
    tab
      .getByRole('main')
      .getByRole('status')
      .filter({ hasText: new RegExp(`^\\s*${name}\\s*$`) });
  const inspector = (name: string): Locator => page.getByRole('complementary', { name, exact: true });

  it('a run is followed live, and a reload in the middle loses nothing of what the model has written', async () => {
    await models.script({ path: '/api/chat', tokens: 60, gateAfter: 30, times: 1 });
    await open(await startRun(page, workflows.story, { about: 'a lighthouse' }));
    const writing = page.getByRole('region', { name: /Write the story: Being written/ });
    await writing.getByText(/^w0001 .*w0030/).waitFor();
    await state('Running').waitFor();
    await page.reload();
    await writing.getByText(/^w0001 .*w0030/).waitFor();
    expect((await writing.innerText()).match(/w0001/g)).toHaveLength(1);
    await models.release();
    await state('Succeeded').waitFor();
    await writing.waitFor({ state: 'detached' });
    await line(/Praise it.*Succeeded/).click();
    await inspector('Praise it').getByText('A story of tiny-chat:latest').first().waitFor();
    await expect.poll(() => new URL(page.url()).searchParams.get('step')).toBe('3');
    await page.goBack();
    await inspector('Praise it').waitFor({ state: 'detached' });
  });

  it('the timeline is walked by keyboard, into a sub-workflow and back', async () => {
    const id = await startRun(page, workflows.family);
    await untilRun(page, id, 'succeeded');
    await open(id);
    await line('Start').focus();
    for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown']) await page.keyboard.press(key);
    await expect
      .poll(() => page.evaluate(() => document.activeElement?.textContent))
      .toContain('Greet the aunt');
    await page.keyboard.press('ArrowRight');
    await line(/Say goodbye/).waitFor();
    expect(await line(/Say goodbye/).getAttribute('aria-level')).toBe('3');
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    await inspector('Come together')
      .getByText('Bake')
      .or(inspector('Come together').getByText('Cake'))
      .first()
      .waitFor();
    await page.keyboard.press('Escape');
    await inspector('Come together').waitFor({ state: 'detached' });
  });

  it('a run that failed says why and what to do, and is tried again with another input', async () => {
    const id = await startRun(page, workflows.greeting);
    await untilRun(page, id, 'failed');
    await page.goto(`${product.url}/runs?status=failed`);
    const row = page.getByRole('link', { name: /Greet a customer/ });
    await row.getByText(/There is no value for {{input.name}}/).waitFor();
    await row.click();
    await page.getByText('Failed at “Say hello”').waitFor();
    await page.getByText(/give it the value that is missing/).waitFor();
    await page.getByRole('button', { name: 'Try again', exact: true }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('With another input').check();
    const input = dialog.getByLabel('Input of the step');
    await input.fill('{ "template": "Hello Ada", }');
    await dialog.getByText(/look at line 1, column 28/).waitFor();
    expect(await input.getAttribute('aria-invalid')).toBe('true');
    expect(await dialog.getByRole('button', { name: 'Try again' }).isDisabled()).toBe(true);
    await expectAccessible(page);
    await input.fill('{ "template": "Hello Ada" }');
    await dialog.getByRole('button', { name: 'Try again' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/runs/') && !url.pathname.endsWith(id));
    await state('Succeeded').waitFor();
    await line(/Start.*taken over/).waitFor();
    await page.getByText('What it was given and what came of it').click();
    await page.getByText('Bye. Hello Ada').first().waitFor();
    await page.getByRole('link', { name: 'Repeats an earlier run' }).click();
    await page.waitForURL(`${product.url}/runs/${id}`);
    await state('Failed').waitFor();
  });

  it('a run is paused, goes on, and is cancelled', async () => {
    const id = await startRun(page, workflows.rest);
    await open(id);
    await state('Waiting').waitFor();
    await page.getByRole('button', { name: 'Pause' }).click();
    await state('Paused').waitFor();
    await page.getByRole('button', { name: 'Go on' }).click();
    await state('Waiting').waitFor();
    await page.getByRole('button', { name: 'Cancel the run' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Cancel the run' }).click();
    await state('Cancelled').waitFor();
    await line(/Wait a day.*Cancelled/).waitFor();
    expect((await callApi<{ status: string }>(page, 'GET', `/runs/${id}`)).status).toBe('cancelled');
  });

  it('an approval counts once: of two tabs the first decides, the other is told', async () => {
    const id = await startRun(page, workflows.letter, { to: 'Bob' });
    await untilRun(page, id, 'waiting');
    await page.goto(product.url);
    await page.getByRole('link', { name: /Approvals.*1 approval waits for you/ }).click();
    await page.getByRole('link', { name: /Send the letter to Bob/ }).click();
    const card = (tab: Page) => tab.getByRole('group', { name: 'Send the letter to Bob?' });
    await card(page)
      .getByText(/hr.*left/)
      .waitFor();
    await card(page).getByText('Lighthouses').waitFor();
    const second = await browser.context.newPage();
    try {
      await open(id, second);
      // What the second tab sends is on its way while the first one decides.
      let goOn = (): void => undefined;
      const held = new Promise<void>((resolve) => {
        goOn = resolve;
      });
      await second.route(/\/decide$/, async (route) => {
        await held;
        await route.continue();
      });
      await card(second).getByRole('button', { name: 'Reject' }).click();
      await card(page).getByLabel('Comment (optional)').fill('Well written');
      await card(page).getByRole('button', { name: 'Approve' }).click();
      await card(page)
        .getByText(/Approved .*The run has gone on/)
        .waitFor();
      goOn();
      await state('Succeeded', second).waitFor();
      await line(/Send it.*Succeeded/, second).waitFor();
    } finally {
      await second.close();
    }
    const run = await untilRun(page, id, 'succeeded');
    expect(run.steps.map(({ node_id }) => node_id)).toEqual(['start', 'ask', 'yes']);
    expect(run.steps.at(-1)?.output).toBe('Sent: Well written');
    await page.getByText('Nothing waits for you.').waitFor();
  });

  it('an answer that comes too late is explained', async () => {
    const id = await startRun(page, workflows.letter, { to: 'Eve' });
    await untilRun(page, id, 'waiting');
    const { items } = await callApi<{ items: { id: string; run_id: string }[] }>(page, 'GET', '/approvals');
    const approval = items.find(({ run_id }) => run_id === id)?.id ?? '';
    await page.goto(`${product.url}/approvals/${approval}`);
    const card = page.getByRole('group', { name: 'Send the letter to Eve?' });
    let goOn = (): void => undefined;
    const held = new Promise<void>((resolve) => {
      goOn = resolve;
    });
    await page.route(/\/decide$/, async (route) => {
      await held;
      await route.continue();
    });
    await card.getByRole('button', { name: 'Approve' }).click();
    const second = await browser.context.newPage();
    try {
      await second.goto(`${product.url}/approvals/${approval}`);
      await second.getByRole('button', { name: 'Reject' }).click();
      await second
        .getByText(/Rejected /)
        .first()
        .waitFor();
    } finally {
      await second.close();
      goOn();
    }
    await card
      .getByRole('alert')
      .filter({ hasText: /decided before your answer arrived/ })
      .waitFor();
    await expectAccessible(page);
    await page.unrouteAll();
  });

  it('thousands of items stay smooth: no more lines are drawn than are in view', async () => {
    const links = Array.from({ length: 2_000 }, (_, index) => `https://example.org/${index}`);
    const id = await startRun(page, workflows.links, { links });
    await open(id);
    await state('Succeeded').waitFor();
    const each = line(/For each link/);
    await each.getByText('2,000 of 2,000').waitFor();
    await each.focus();
    await page.keyboard.press('ArrowRight');
    // The lines come page by page; the end is the end once all have come.
    await expect.poll(() => line(/^1 Check/).getAttribute('aria-setsize')).toBe('2000');
    await page.keyboard.press('End');
    await line(/^2000 Check/).waitFor();
    expect(await line(/Check/).count()).toBeLessThan(100);
    expect(await line(/^2000 Check/).getAttribute('aria-setsize')).toBe('2000');
  });

  it('kill -9 in the middle of a run: the page says so and mends itself, and no word is lost or doubled', async () => {
    // The newest one that fits counts: held when the model is asked first, to the end when it is asked again.
    await models.script({ path: '/api/chat', tokens: 60 });
    await models.script({ path: '/api/chat', tokens: 60, gateAfter: 30, times: 1 });
    const id = await startRun(page, workflows.story, { about: 'a storm' });
    await open(id);
    await page
      .getByText(/^w0001 .*w0030/)
      .first()
      .waitFor();
    await product.kill();
    await page.getByText('Connection lost. What you see is how it was last; it mends itself.').waitFor();
    await state('Running').waitFor();
    await product.start();
    await state('Succeeded').waitFor({ timeout: 90_000 });
    await line(/Write the story/).click();
    const output = inspector('Write the story').getByRole('group', { name: 'Output' });
    await output.getByText(/w0001 .*w0060/).waitFor();
    expect((await output.innerText()).match(/w0001/g)).toHaveLength(1);
  });

  it('looks right to everybody: both themes, wide and narrow', async () => {
    const waiting = await startRun(page, workflows.letter, { to: 'Ada' });
    await untilRun(page, waiting, 'waiting');
    const { items } = await callApi<{ items: { id: string; run_id: string }[] }>(page, 'GET', '/approvals');
    const approval = items.find(({ run_id }) => run_id === waiting)?.id ?? '';
    const title = 'Send the letter to Ada?';
    const pages: [string, () => Locator][] = [
      ['/runs', () => page.getByRole('link', { name: /Send a letter.*Waiting/s }).first()],
      [`/runs/${waiting}`, () => line(/Ask the editor/)],
      [`/runs/${waiting}?step=2`, () => inspector('Ask the editor').getByRole('group', { name: title })],
      ['/approvals', () => page.getByRole('link', { name: new RegExp(title.slice(0, -1)) })],
      [`/approvals/${approval}`, () => page.getByRole('button', { name: 'Approve' })],
    ];
    for (const [path, shown] of pages) {
      await page.goto(`${product.url}${path}`);
      await shown().waitFor();
      await expectSound(page);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
    expect(browser.errors).toEqual([]);
  });
});
