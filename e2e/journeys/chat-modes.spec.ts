import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, holdFrames, openBrowser } from '../lib/browser.ts';
import { ask, connectModels, setUp, waitForSample } from '../lib/journey.ts';
import { type ModelServer, Product, startModelServer } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';

/** What the instructions of each step of a mode say, so that the model server knows who asks. */
const steps = {
  assess: 'You judge a question before it is answered',
  plan: 'You plan how to answer a question',
  choose: 'You choose the next tool',
  reflect: 'You judge whether what is known is enough',
  withResults: 'Results of tools stand between',
  manager: 'You are a project manager. You do not answer the question',
  technical: 'You are a senior engineer',
  planning: 'You are a planner',
  together: 'Experts have worked on the question',
  quality: 'fine: true when nothing of weight is wrong',
  look: 'You prepare a Socratic conversation',
  lead: 'You lead people to their own answer',
  quick: 'A more thorough answer is being worked on',
  compare: 'You compare a short answer',
  amend: 'Write what goes below it',
};
const simple = { complexity: 'simple', confidence: 0.9, needs_documents: false, needs_tools: false };
const withTools = { complexity: 'complex', confidence: 0.2, needs_documents: false, needs_tools: true };
const team = {
  clear: true,
  question: '',
  team: [
    { expert: 'technical', task: 'Say how backups work.' },
    { expert: 'planning', task: 'Make a schedule.' },
  ],
  form: '',
};

describe('chat modes', () => {
  let product: Product;
  let models: ModelServer;
  let browser: BrowserSession;
  let page: Page;
  beforeAll(async () => {
    product = await Product.start();
    models = await startModelServer();
    browser = await openBrowser();
    page = browser.page;
    await setUp(page, product);
    await waitForSample(page, product);
  });
  afterAll(async () => {
    await browser?.close();
    models?.stop();
    await product?.stop();
  });

  /** What the model answers to one step; values as JSON. */
  const say = (step: keyof typeof steps, answer: unknown, more: object = {}): Promise<void> =>
    models.script({
      path: '/api/chat',
      times: 1,
      mentions: steps[step],
      answer: typeof answer === 'string' ? answer : JSON.stringify(answer),
      ...more,
    });
  const chooseMode = async (name: string): Promise<void> => {
    await page.getByRole('button', { name: /^Mode:/ }).click();
    await page.getByRole('menuitem', { name: new RegExp(`^${name}`) }).click();
    await page.getByRole('button', { name: `Mode: ${name}` }).waitFor();
  };
  const newChat = async (mode: string): Promise<void> => {
    await page.goto(`${product.url}/chat`);
    await chooseMode(mode);
  };
  const answer = (on = page): Locator => on.getByRole('article', { name: 'Answer' }).last();
  const isDone = (): Promise<void> => answer().getByRole('button', { name: 'Answer again' }).waitFor();
  const unfold = async (on = page): Promise<Locator> => {
    const list = answer(on).getByRole('list', { name: 'Steps of this answer' });
    if (!(await list.isVisible())) await answer(on).locator('summary').first().click();
    await list.waitFor();
    return list;
  };
  const wordsOf = async (of: Locator): Promise<string> =>
    ((await of.innerText()).match(/w\d{4}/g) ?? []).join(' ');
  const words = (count: number): string =>
    Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(4, '0')}`).join(' ');
  const notifications = async (): Promise<string[]> => {
    const titles = await page.evaluate(async () => {
      const response = await fetch('/api/v1/notifications');
      return ((await response.json()) as { items: { kind: string; title: string }[] }).items;
    });
    return titles.filter(({ kind }) => kind === 'workflow').map(({ title }) => title);
  };

  describe('without a model', () => {
    it('say once what they cannot do, and answer with quotations all the same', async () => {
      await page.goto(`${product.url}/chat`);
      await page.getByRole('button', { name: /^Mode:/ }).click();
      const menu = page.getByRole('menu');
      await menu.getByText('A project manager asks several experts').waitFor();
      expect(await menu.getByText('No model is connected').count()).toBe(1);
      await expectAccessible(page);
      await menu.getByRole('menuitem', { name: /^Expert group/ }).click();
      await ask(page, 'How do I back up my workspace?');
      await isDone();
      await answer().getByText('Extractive answer, no model connected').waitFor();
      await answer().getByText('“Expert group” needs a connected model').waitFor();
      await answer()
        .getByRole('button', { name: /^Source 1/ })
        .first()
        .waitFor();
    });
  });

  describe('on the settings page', () => {
    it('show what they consist of before their first use', async () => {
      await page.goto(`${product.url}/settings/assistant`);
      await page.getByRole('button', { name: 'Show steps of Expert group' }).click();
      const dialog = page.getByRole('dialog', { name: 'Expert group' });
      await dialog.getByRole('listitem').filter({ hasText: 'Project manager' }).first().waitFor();
      expect(await dialog.getByRole('listitem').count()).toBeGreaterThan(10);
      await expectSound(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.keyboard.press('Escape');
    });
  });

  describe('with a model', () => {
    beforeAll(async () => {
      await connectModels(page, product, models);
    });

    it('are chosen by keyboard, from the palette and from a link, and are kept with the conversation', async () => {
      await page.goto(`${product.url}/chat?mode=socratic`);
      await page.getByRole('button', { name: 'Mode: Socratic' }).waitFor();
      const release = await holdFrames(page);
      await page.keyboard.press('Alt+m');
      await page.keyboard.press('End');
      await page.keyboard.press('Enter');
      await release();
      await page.getByRole('button', { name: 'Mode: Fast conversation' }).waitFor();
      await page.keyboard.press('Control+k');
      await page.getByRole('dialog', { name: 'Search and commands' }).waitFor();
      await page.keyboard.type('mode: smart');
      await page.getByRole('option', { name: 'Mode: Smart router', selected: true }).waitFor();
      await page.keyboard.press('Enter');
      await page.getByRole('button', { name: 'Mode: Smart router' }).waitFor();
      await say('assess', simple);
      await ask(page, 'How much is two and two?');
      await isDone();
      await page.reload();
      await page.getByRole('button', { name: 'Mode: Smart router' }).waitFor();
      await page.goto(`${product.url}/chat`);
      await page.getByRole('button', { name: 'Mode: Simple' }).waitFor();
    });

    it('begin on the home page, too', async () => {
      await page.goto(product.url);
      await chooseMode('Socratic');
      await say('look', { knows: 'That stones fall.', gap: 'Why the feather is slower.', plain_requests: 0 });
      await say('lead', 'Right. What else than its weight acts on the feather?');
      await page
        .getByRole('textbox', { name: 'Your question' })
        .fill('Why do stones fall faster than feathers?');
      await page.keyboard.press('Enter');
      await page.waitForURL(/\/chat\//);
      await answer().getByText('What else than its weight acts on the feather?').waitFor();
      await isDone();
      const list = await unfold();
      await list.getByText('Look at what you know so far').click();
      await list.getByText('Why the feather is slower.').last().waitFor();
    });

    it('simple: one answer, and its steps folded into a line', async () => {
      await newChat('Simple');
      const mentions = 'How do I back up';
      await models.script({ path: '/api/chat', times: 1, mentions, answer: 'Copy the data folder [1].' });
      await ask(page, 'How do I back up my workspace?');
      await answer().getByText('Copy the data folder').waitFor();
      await isDone();
      expect(await answer().locator('summary').first().innerText()).toMatch(/\d steps · .*passages.* · /);
    });

    it('smart router: an easy question is judged and answered directly; the run is one click away', async () => {
      await newChat('Smart router');
      await say('assess', simple);
      await models.script({ path: '/api/chat', times: 1, mentions: 'two and two', answer: 'Four.' });
      await say('assess', simple);
      await ask(page, 'How much is two and two?');
      await answer().getByText('Four.').waitFor();
      await isDone();
      const list = await unfold();
      await list.getByText(/simple, 90 % sure/).waitFor();
      const run = answer().getByRole('link', { name: 'See the run' });
      expect(await run.getAttribute('href')).toMatch(/^\/runs\/[0-9a-f-]{36}$/);
      await expectSound(page);
      await page.setViewportSize({ width: 1280, height: 800 });
    });
  });

  describe('a tool that asks first', () => {
    const title = 'The kettle is on';
    const wantsTool = async (): Promise<void> => {
      await say('assess', withTools);
      await say('plan', { steps: ['Send a notification.', 'Say so.'] });
      await say('choose', { tool: 'notifications.send', input: { title }, why: 'You asked for it.' });
      await say('reflect', { enough: true, missing: '' });
    };

    it('is set on the settings page, which explains what it means', async () => {
      await page.goto(`${product.url}/settings/assistant`);
      const choice = page.getByRole('combobox', { name: 'What Notify me may do' });
      const saved = page.waitForResponse(
        (response) =>
          response.request().method() === 'PATCH' && response.url().includes('/chat-modes/tools/'),
      );
      await choice.selectOption({ label: 'Ask' });
      await page.getByText('Shows you first what exactly will happen').waitFor();
      await saved;
      await page.reload();
      await choice.waitFor();
      expect(await choice.inputValue()).toBe('ask');
      await expectSound(page);
      await page.setViewportSize({ width: 1280, height: 800 });
    });

    it('shows in the thread exactly what will happen, and happens once approved', async () => {
      await newChat('Smart router');
      await wantsTool();
      await say('withResults', 'You were told that the kettle is on.');
      await ask(page, 'Tell me that the kettle is on.');
      const card = answer().getByRole('region', { name: 'Notify me' });
      await card.getByText(title).waitFor();
      await answer().getByText('Waits for your decision').first().waitFor();
      expect(await notifications()).toEqual([]);
      await page.reload();
      await card.getByText(title).waitFor();
      await expectSound(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      await card.getByRole('button', { name: 'Approve', exact: true }).click();
      await answer().getByText('You approved').waitFor();
      await answer().getByText('You were told that the kettle is on.').waitFor();
      await isDone();
      const list = await unfold();
      await list.getByText('Choose a tool').click();
      await list.getByText(`title: ${title}`).waitFor();
      expect(await notifications()).toEqual([title]);
    });

    it('does not happen when it is rejected, and the comment is kept', async () => {
      await newChat('Smart router');
      await wantsTool();
      await say('withResults', 'You did not want to be told.');
      await ask(page, 'Tell me again that the kettle is on.');
      const card = answer().getByRole('region', { name: 'Notify me' });
      await card.getByRole('button', { name: 'Add a comment' }).click();
      await card.getByLabel(/^Comment/).fill('Once is enough.');
      await card.getByRole('button', { name: 'Reject' }).click();
      await answer().getByText('You rejected').waitFor();
      await answer().getByText('Once is enough.').waitFor();
      await answer().getByText('You did not want to be told.').waitFor();
      await isDone();
      expect(await notifications()).toEqual([title]);
    });

    it('is not asked about any more once it is always allowed', async () => {
      await newChat('Smart router');
      await wantsTool();
      await say('withResults', 'Done, for the last time with a question.');
      await ask(page, 'Tell me once more.');
      await answer().getByRole('button', { name: 'Approve and always allow' }).click();
      await answer().getByText('Done, for the last time').waitFor();
      await isDone();
      await newChat('Smart router');
      await wantsTool();
      await say('withResults', 'Done without a question.');
      await ask(page, 'And now without a question.');
      await answer().getByText('Done without a question.').waitFor();
      expect(await answer().getByRole('button', { name: 'Approve', exact: true }).count()).toBe(0);
      expect(await notifications()).toEqual([title, title, title]);
    });
  });

  describe('expert group', () => {
    /** Two experts who write beside each other and stop in the middle. */
    const held = async (): Promise<void> => {
      await say('manager', team);
      await models.script({
        ...{ path: '/api/chat', times: 1, mentions: steps.technical },
        ...{ tokens: 60, gateAfter: 20 },
      });
      await models.script({
        ...{ path: '/api/chat', times: 1, mentions: steps.planning },
        ...{ tokens: 40, gateAfter: 10 },
      });
    };
    const expert = (list: Locator, name: string): Locator =>
      list.getByRole('group').filter({ has: page.getByText(name, { exact: true }) });

    it('shows experts while they write, loses nothing in a reload, and folds when the answer begins', async () => {
      await newChat('Expert group');
      await held();
      await say('together', 'Back up nightly.');
      await say('quality', { fine: true, problems: [] });
      await ask(page, 'How should we back up?');
      await answer().getByText('2 experts are writing…').waitFor();
      await models.held(2);
      // While somebody writes it is open by itself, and who has written something can be opened.
      const list = answer().getByRole('list', { name: 'Steps of this answer' });
      const technical = expert(list, 'Technical expert').locator('summary');
      await technical.click();
      await expect.poll(() => wordsOf(expert(list, 'Technical expert'))).toBe(words(20));
      await expectSound(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.reload();
      await technical.click();
      await expect.poll(() => wordsOf(expert(list, 'Technical expert'))).toBe(words(20));
      await models.release();
      await answer().getByText('Back up nightly.').waitFor();
      await isDone();
      await expect.poll(() => wordsOf(expert(list, 'Technical expert'))).toBe(words(60));
      await page.reload();
      await answer()
        .getByText(/asked 2 experts/)
        .waitFor();
      await unfold();
      await list.getByText('Planning expert', { exact: true }).click();
      await expect.poll(() => wordsOf(expert(list, 'Planning expert'))).toBe(words(40));
    });

    it('stops in the middle and keeps what was said', async () => {
      await newChat('Expert group');
      await held();
      await ask(page, 'How should we back up, until I stop you?');
      await answer().getByText('2 experts are writing…').waitFor();
      await models.held(2);
      await page.getByRole('button', { name: 'Stop', exact: true }).click();
      await answer().getByText('Stopped.', { exact: true }).waitFor();
      await models.release();
      const before = await (await unfold()).innerText();
      await page.reload();
      expect(await (await unfold()).innerText()).toBe(before);
      expect(before).toContain('Technical expert');
    });

    it('goes on after the server was killed in the middle, and nothing is said twice', async () => {
      await newChat('Expert group');
      await held();
      await ask(page, 'How should we back up, and be killed?');
      await answer().getByText('2 experts are writing…').waitFor();
      await models.held(2);
      await product.kill();
      await models.release();
      await models.script({ path: '/api/chat', times: 1, mentions: steps.technical, tokens: 30 });
      await models.script({ path: '/api/chat', times: 1, mentions: steps.planning, tokens: 25 });
      await say('together', 'Back up nightly, whatever happens.');
      await say('quality', { fine: true, problems: [] });
      await product.start();
      await answer().getByText('Back up nightly, whatever happens.').waitFor();
      await isDone();
      const list = await unfold();
      for (const [name, count] of [
        ['Technical expert', 30],
        ['Planning expert', 25],
      ] as const) {
        const card = expert(list, name);
        if (!(await card.evaluate((details: HTMLDetailsElement) => details.open)))
          await list.getByText(name, { exact: true }).click();
        await expect.poll(() => wordsOf(card)).toBe(words(count));
      }
    });
  });

  it('fast conversation: an answer at once and, below it, what a deeper look adds', async () => {
    await newChat('Fast conversation');
    await models.script({
      path: '/api/chat',
      times: 1,
      mentions: 'Which fish',
      answer: 'A thorough answer.',
      gateAfter: 1,
    });
    await say('quick', 'A trout.');
    await say('compare', { adds: true, what: 'Salmon were forgotten.' });
    await say('amend', 'Salmon, too.');
    await ask(page, 'Which fish live in this river?');
    await answer().getByText('A trout.').waitFor();
    await answer().getByText('Looking into it in depth…').waitFor();
    await models.held(1);
    await models.release();
    await answer().getByText('Salmon, too.').waitFor();
    await isDone();
    await answer().getByText('In depth', { exact: true }).waitFor();
    await page.reload();
    await answer().getByText('In depth', { exact: true }).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1280, height: 800 });
  });

  it('answers again in another mode, beside the first answer', async () => {
    await say('look', { knows: 'That fish live there.', gap: 'What they eat.', plain_requests: 0 });
    await say('lead', 'What would a fish eat there?');
    await answer().getByRole('button', { name: 'Answer again' }).click();
    await page.getByRole('menuitem', { name: /^Socratic/ }).click();
    await answer().getByText('What would a fish eat there?').waitFor();
    await isDone();
    await answer().getByText('2/2').waitFor();
    await page.getByRole('button', { name: 'Mode: Socratic' }).waitFor();
    await answer().getByRole('button', { name: 'Previous version' }).click();
    await answer().getByText('Salmon, too.').waitFor();
  });

  describe('the experts of a person', () => {
    it('are told what the person writes; what is typed and not saved is there after a reload', async () => {
      await page.goto(`${product.url}/settings/assistant`);
      const edit = page.getByRole('button', { name: 'Edit instructions: Technical expert' });
      const field = page.getByRole('textbox', { name: 'Instructions: Technical expert' });
      await edit.click();
      const original = await field.inputValue();
      await field.fill('You are a bridge builder.');
      await page.reload();
      await page.getByText('Unsaved changes').waitFor();
      await edit.click();
      expect(await field.inputValue()).toBe('You are a bridge builder.');
      await page.getByText('You wrote this earlier').waitFor();
      await expectSound(page);
      await page.setViewportSize({ width: 1280, height: 800 });
      await page.getByRole('button', { name: 'Save', exact: true }).click();
      await page.getByText('Your wording').waitFor();
      await edit.click();
      await page.getByRole('button', { name: 'Back to the default' }).click();
      await expect.poll(() => field.inputValue()).toBe(original);
      await page.getByText('Your wording').waitFor({ state: 'detached' });
    });

    it('can be switched off, and are not asked then', async () => {
      const planning = page.getByRole('switch', { name: 'Planning expert' });
      await planning.uncheck();
      // It cannot be used while the change is on its way.
      await expect.poll(() => planning.isEnabled()).toBe(true);
      await page.reload();
      await planning.waitFor();
      expect(await planning.isChecked()).toBe(false);
    });
  });

  it('say who has fixed the model that answers, and offer no other', async () => {
    await page.goto(`${product.url}/settings/models`);
    await page.getByRole('button', { name: 'Options for Answers' }).click();
    const dialog = page.getByRole('dialog', { name: 'Options for Answers' });
    await dialog.getByLabel('Nobody may choose otherwise').click();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await dialog.waitFor({ state: 'detached' });
    await page.goto(`${product.url}/chat`);
    const picker = page.getByRole('button', { name: 'Model: tiny-chat:latest · Home server' });
    const decided = 'An administrator has fixed this model for everybody in the model settings.';
    await page.getByText(decided).waitFor({ state: 'attached' });
    const description = await picker.getAttribute('aria-describedby');
    expect(await page.locator(`[id="${description}"]`).innerText()).toContain(decided);
    await picker.press('Enter');
    const choices = page.getByRole('menuitem');
    await choices.filter({ hasText: decided }).waitFor();
    expect(await choices.count()).toBe(1);
    await expectAccessible(page);
    await page.keyboard.press('Escape');
    await picker.waitFor();
  });

  describe('in German', () => {
    beforeAll(async () => {
      await page.goto(`${product.url}/profile`);
      await page.getByLabel('Language and region').selectOption('de');
      await page.getByRole('button', { name: 'Save' }).click();
      await page.getByText('Profil gespeichert').waitFor();
      await page.goto(`${product.url}/chat?mode=experts`);
    });
    const german = (): Locator => page.getByRole('article', { name: 'Antwort' }).last();
    const askInGerman = async (question: string): Promise<void> => {
      await page.getByRole('textbox', { name: 'Frage', exact: true }).fill(question);
      await page.keyboard.press('Enter');
    };

    it('the plan of the project manager names the experts as the page does', async () => {
      await say('manager', { ...team, team: team.team.slice(0, 1) });
      await say('technical', 'Nachts.');
      await say('together', 'Sichern Sie nachts.');
      await say('quality', { fine: true, problems: [] });
      await askInGerman('Wie sichern wir?');
      await german().getByText('Sichern Sie nachts.').waitFor();
      await german().getByRole('button', { name: 'Neu antworten' }).waitFor();
      const list = german().getByRole('list').first();
      if (!(await list.isVisible())) await german().locator('summary').first().click();
      await german().getByText('Projektleitung', { exact: true }).click();
      await german()
        .getByRole('listitem')
        .filter({ hasText: 'Technik: Say how backups work.' })
        .first()
        .waitFor();
      expect(await german().innerText()).not.toContain('Technical expert');
    });

    it('an answer that failed says why and what to do', async () => {
      await models.script({
        path: '/api/chat',
        times: 4,
        mentions: 'Bitte scheitern',
        status: 404,
        errorMessage: 'model not found',
      });
      await page.goto(`${product.url}/chat`);
      await askInGerman('Bitte scheitern.');
      await german()
        .getByRole('alert')
        .filter({
          hasText:
            'Home server hat das Modell tiny-chat:latest nicht. Laden Sie es herunter oder wählen Sie ein anderes.',
        })
        .waitFor();
    });
  });

  it('report no error on the way', () => {
    expect(browser.errors).toEqual([]);
  });
});
