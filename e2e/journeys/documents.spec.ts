import { readFileSync } from 'node:fs';
import path from 'node:path';
import { deflateRawSync } from 'node:zlib';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { addDocuments, setUp } from '../lib/journey.ts';
import { Product, projectRoot } from '../lib/product.ts';
import { wordFileOf } from '../lib/word-file.ts';

const report = path.join(projectRoot, 'e2e/files/lighthouse-report.pdf');
const encrypted = path.join(projectRoot, 'server/test/fixtures/encrypted.pdf');
const expandedBytes = 400 * 1_048_576;

describe('documents', () => {
  let product: Product;
  let browser: BrowserSession;
  let page: Page;
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser({ width: 1280, height: 900 });
    page = browser.page;
    await setUp(page, product);
    await addDocuments(page, product, [report]);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const open = async (): Promise<void> => {
    await page.goto(`${product.url}/documents`);
    await row('lighthouse-report.pdf').waitFor();
  };
  const row = (name: string): Locator => page.getByRole('row').filter({ hasText: name });
  const add = (name: string, buffer: Buffer, mimeType = 'text/plain'): Promise<void> =>
    page.locator('input[type=file]').first().setInputFiles({ name, mimeType, buffer });

  describe('that cannot be taken', () => {
    it('an empty file is refused with the reason', async () => {
      await open();
      await add('nothing.txt', Buffer.alloc(0));
      const uploads = page.getByRole('region', { name: 'Uploads' });
      await uploads.getByRole('alert').filter({ hasText: 'This file is empty.' }).waitFor();
      await expectAccessible(page);
      await uploads.getByRole('button', { name: 'Remove nothing.txt' }).click();
      await uploads.waitFor({ state: 'detached' });
    });

    it('a file named ../../x becomes a document with a harmless name', async () => {
      await open();
      const answer = await page.evaluate(async () => {
        const token = ((await (await fetch('/api/v1/auth/csrf-token')).json()) as { csrf_token: string })
          .csrf_token;
        const form = new FormData();
        form.append(
          'file',
          new File(['A note about tides and currents.'], '../../x.txt', { type: 'text/plain' }),
        );
        const response = await fetch('/api/v1/documents', {
          method: 'POST',
          body: form,
          headers: { 'x-csrf-token': token },
        });
        return (await response.json()) as { items: { name: string }[] };
      });
      expect(answer.items.map(({ name }) => name)).toEqual(['x.txt']);
      await row('x.txt').getByRole('link', { name: 'x.txt', exact: true }).waitFor();
      await row('x.txt')
        .getByText(/^Ready/)
        .filter({ visible: true })
        .waitFor();
      expect(await page.getByText('../').count()).toBe(0);
    });

    it('markup in a file name is shown as text', async () => {
      await open();
      await add('<img src=x onerror=alert(1)>.txt', Buffer.from('Plain words about nothing dangerous.'));
      await row('<img src=x onerror=alert(1)>.txt')
        .getByText(/^Ready/)
        .filter({ visible: true })
        .waitFor();
      expect(await page.locator('main img').count()).toBe(0);
    });

    it('a Word file that expands to 400 MB is refused with the reason', async () => {
      await open();
      await add('bomb.docx', wordFileOf(deflateRawSync(Buffer.alloc(expandedBytes, 32)), expandedBytes));
      const refusal = page.getByRole('region', { name: 'Uploads' }).getByRole('alert');
      await refusal.waitFor();
      expect(await refusal.innerText()).toMatch(/would expand to far more than its size.*Save it again/);
      expect(await row('bomb.docx').count()).toBe(0);
    });

    it.each([
      [
        'a PDF with a password',
        'locked.pdf',
        () => readFileSync(encrypted),
        /protected by a password\..*without the password/,
      ],
      [
        'a Word file that is larger inside than it says',
        'lying.docx',
        () => wordFileOf(deflateRawSync(Buffer.alloc(20 * 1_048_576, 32)), 1_024),
        /would expand to far more than its size.*Save it again/,
      ],
    ])('%s says why and what to do, and offers to try again', async (_what, name, content, reason) => {
      await open();
      await add(name, content(), 'application/octet-stream');
      const failed = row(name);
      await failed.getByText('Failed').filter({ visible: true }).waitFor();
      await expect.poll(() => failed.innerText()).toMatch(reason);
      const again = page.waitForResponse(/\/retry$/);
      await failed.getByRole('button', { name: 'Try again' }).click();
      await again;
      await failed.getByText('Failed').filter({ visible: true }).waitFor();
      await expectAccessible(page);
      await failed.getByRole('link', { name }).click();
      await page.getByText('This document could not be read').waitFor();
    });
  });

  it('deletes a document and takes that back', async () => {
    await open();
    await row('lighthouse-report.pdf')
      .getByRole('button', { name: /Actions for/ })
      .click();
    await page.getByRole('menuitem', { name: 'Delete' }).click();
    await row('lighthouse-report.pdf').waitFor({ state: 'detached' });
    await page.getByRole('button', { name: 'Undo' }).click();
    await row('lighthouse-report.pdf')
      .getByText(/^Ready/)
      .filter({ visible: true })
      .waitFor();
  });

  it('creates a collection, moves a document into it and filters by it', async () => {
    await open();
    await page.getByRole('button', { name: 'New collection' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Harbour');
    await page.getByRole('dialog').getByRole('button', { name: 'Save' }).click();
    await page.getByText('No document matches this filter.').waitFor();
    await page.getByRole('button', { name: 'Clear filter' }).click();
    await page.getByRole('checkbox', { name: /Select .lighthouse-report/ }).check();
    await page.getByRole('toolbar').getByRole('button', { name: 'Move' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Collection').selectOption({ label: 'Harbour' });
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Move' }).click();
    await dialog.waitFor({ state: 'detached' });
    await row('lighthouse-report.pdf')
      .getByRole('gridcell', { name: 'Harbour' })
      .or(row('lighthouse-report.pdf').getByText('Harbour', { exact: true }))
      .first()
      .waitFor();
    await page.getByLabel('Collection', { exact: true }).selectOption({ label: 'Harbour (1)' });
    await row('x.txt').waitFor({ state: 'detached' });
    await row('lighthouse-report.pdf').waitFor();
  });

  it('a deep link opens the passage and marks it', async () => {
    await open();
    const link = await page.evaluate(async () => {
      const { items } = (await (await fetch('/api/v1/documents?q=lighthouse')).json()) as {
        items: { id: string }[];
      };
      const id = items[0]?.id ?? '';
      const { items: pages } = (await (await fetch(`/api/v1/documents/${id}/pages`)).json()) as {
        items: { text: string; start: number }[];
      };
      const words = 'stands on a granite reef';
      const found = pages.find(({ text }) => text.includes(words));
      const start = (found?.start ?? 0) + (found?.text.indexOf(words) ?? 0);
      return `/documents/${id}?start=${start}&end=${start + words.length}`;
    });
    await page.goto(product.url + link);
    await page
      .locator('mark')
      .filter({ hasText: /^stands on a granite reef$/ })
      .waitFor();
    await page.getByRole('button', { name: 'The tower' }).click();
    await page.goto(`${product.url}${link.replace(/\?.*/, '')}?start=99999990&end=99999999`);
    await page.getByRole('alert').waitFor();
  });

  it('says so when a document is not there, and leads back', async () => {
    await page.goto(`${product.url}/documents/01a1fab9-286d-7492-b10d-6515bca8d171`);
    await page.getByText('This is not here').waitFor();
    await expectAccessible(page);
    await page.getByRole('link', { name: 'Back to documents' }).click();
    await row('lighthouse-report.pdf').waitFor();
  });

  it('removes the samples with one click', async () => {
    await open();
    await row('Welcome to your workspace.md').waitFor();
    await page.getByRole('button', { name: 'Remove the samples' }).click();
    await row('Welcome to your workspace.md').waitFor({ state: 'detached' });
    await row('lighthouse-report.pdf').waitFor();
  });

  it('reports no error on any of these pages', () => {
    expect(browser.errors).toEqual([]);
  });
});
