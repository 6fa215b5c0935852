import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, openBrowser } from '../lib/browser.ts';
import { ask, connectModels, setUp } from '../lib/journey.ts';
import { type ModelServer, Product, startModelServer } from '../lib/product.ts';

const words = (count: number): string =>
  Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(4, '0')}`).join(' ');

describe('answers of a connected model', () => {
  let product: Product;
  let models: ModelServer;
  let browser: BrowserSession;
  beforeAll(async () => {
    product = await Product.start();
    models = await startModelServer();
    browser = await openBrowser();
    await setUp(browser.page, product);
  });
  afterAll(async () => {
    await browser?.close();
    models?.stop();
    await product?.stop();
  });

  const answerText = async (page = browser.page): Promise<string> => {
    const text = await page.getByRole('article', { name: 'Answer' }).last().innerText();
    return text.match(/w\d{4}/g)?.join(' ') ?? '';
  };
  const newChat = async (): Promise<void> => {
    await browser.page.goto(`${product.url}/chat`);
  };

  it('connects an Ollama server after its local address is allowed, and assigns a chat model', async () => {
    await connectModels(browser.page, product, models);
  });

  it('streams the answer and keeps it whole', async () => {
    await models.script({ mentions: 'three hundred', times: 1, tokens: 300 });
    await newChat();
    await ask(browser.page, 'Count to three hundred.');
    await expect.poll(() => answerText()).toBe(words(300));
  });

  it('loses and doubles nothing when the page is reloaded in the middle, and a second tab follows', async () => {
    const { page, context } = browser;
    await models.script({ mentions: 'wait in the middle', times: 1, tokens: 200, gateAfter: 80 });
    await newChat();
    await ask(page, 'Count, and wait in the middle.');
    await expect.poll(() => answerText()).toBe(words(80));
    await page.reload();
    await expect.poll(() => answerText()).toBe(words(80));
    const second = await context.newPage();
    await second.goto(page.url());
    await expect.poll(() => answerText(second)).toBe(words(80));
    await models.release();
    await expect.poll(() => answerText()).toBe(words(200));
    await expect.poll(() => answerText(second)).toBe(words(200));
    await second.close();
  });

  it('goes on by itself after the server was killed in mid-answer, and what is shown is what is stored', async () => {
    const { page } = browser;
    await models.script({ mentions: 'be killed', times: 1, tokens: 200, gateAfter: 60 });
    await newChat();
    await ask(page, 'Count, and be killed.');
    await expect.poll(() => answerText()).toBe(words(60));
    await product.kill();
    await models.script({ mentions: 'be killed', times: 1, tokens: 120 });
    await product.start();
    await expect.poll(() => answerText()).toBe(words(120));
    await page.reload();
    await expect.poll(() => answerText()).toBe(words(120));
  });

  it('stops at once and keeps what was written', async () => {
    const { page } = browser;
    await models.script({ mentions: 'until I stop you', times: 1, tokens: 200, gateAfter: 40 });
    await newChat();
    await ask(page, 'Count until I stop you.');
    await expect.poll(() => answerText()).toBe(words(40));
    await page.getByRole('button', { name: 'Stop', exact: true }).click();
    await page.getByText('Stopped.', { exact: true }).waitFor();
    expect(await answerText()).toBe(words(40));
  });

  it.each([
    [
      'a model that is not there',
      { status: 404, errorMessage: 'model not found' },
      /does not have the model/,
    ],
    ['an error in mid-stream', { tokens: 50, errorAfter: 10 }, /interrupted|broke off|error/i],
    ['an answer that was cut off', { tokens: 50, truncateAfter: 10 }, /in the middle|cut/i],
  ])('shows %s as what it is and offers to try again', async (_what, behaviour, sentence) => {
    const { page } = browser;
    await models.script({ mentions: 'Please fail', times: 3, ...behaviour });
    await newChat();
    await ask(page, 'Please fail.');
    const answer = page.getByRole('article', { name: 'Answer' }).last();
    await answer.getByRole('alert').waitFor();
    expect(await answer.getByRole('alert').innerText()).toMatch(sentence);
    expect(await answer.getByRole('alert').getByRole('button').count()).toBeGreaterThan(0);
  });

  it('keeps an edited question as a branch and switches between the versions', async () => {
    const { page } = browser;
    await models.script({ mentions: 'First wording', times: 1, answer: 'The first answer.' });
    await newChat();
    await ask(page, 'First wording');
    await page.getByText('The first answer.').waitFor();
    await page.getByRole('button', { name: 'Edit question' }).last().click();
    await models.script({ mentions: 'Second wording', times: 1, answer: 'The second answer.' });
    await page
      .getByRole('textbox', { name: /question/i })
      .first()
      .fill('Second wording');
    await page.keyboard.press('Enter');
    await page.getByText('The second answer.').waitFor();
    await page.getByRole('button', { name: 'Previous version' }).first().click();
    await page.getByText('The first answer.').waitFor();
  });
});
