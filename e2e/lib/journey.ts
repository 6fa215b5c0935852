import type { Page } from 'playwright-core';
import type { ModelServer, Product } from './product.ts';

export const account = {
  email: 'ada@example.org',
  name: 'Ada Lovelace',
  password: 'correct horse battery staple 42',
};

/** Walks through the set-up page with the code that the server printed, to the home page. */
export async function setUp(page: Page, product: Product): Promise<void> {
  await page.goto(`${product.url}/setup#code=${product.setupCode}`);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Your name').fill(account.name);
  await page.getByLabel('Password', { exact: true }).fill(account.password);
  await page.getByRole('button', { name: 'Continue' }).click();
  await page.getByRole('button', { name: 'Finish and open' }).click();
  await page.getByRole('heading', { name: /What do you want to know/ }).waitFor();
}

export async function signIn(page: Page, password = account.password): Promise<void> {
  await page.getByLabel('E-mail').fill(account.email);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

/** Adds files on the documents page and waits until each is ready. */
export async function addDocuments(page: Page, product: Product, files: string[]): Promise<void> {
  await page.goto(`${product.url}/documents`);
  await page.locator('input[type=file]').first().setInputFiles(files);
  for (const file of files) {
    const name = file.slice(file.lastIndexOf('/') + 1);
    await page
      .getByRole('row')
      .filter({ hasText: name })
      .getByText(/^Ready/)
      .filter({ visible: true })
      .waitFor();
  }
}

/** Waits on the documents page until the sample can be asked about. */
export async function waitForSample(page: Page, product: Product): Promise<void> {
  await page.goto(`${product.url}/documents`);
  const sample = page.getByRole('row').filter({ hasText: 'Welcome to your workspace.md' });
  await sample
    .getByText(/^Ready/)
    .filter({ visible: true })
    .waitFor();
}

/** Presses keys one right after the other, as somebody who knows them: the second does not wait for the page. */
export async function chord(page: Page, ...keys: string[]): Promise<void> {
  await Promise.all(keys.map((key) => page.keyboard.press(key)));
}

/** Types a question into the composer of the page and sends it. */
export async function ask(page: Page, question: string): Promise<void> {
  await page.getByRole('textbox', { name: /question/i }).fill(question);
  await page.keyboard.press('Enter');
}

/** Adds the fake Ollama server on the settings page, allows its local address, and assigns its first chat model. */
export async function connectModels(page: Page, product: Product, models: ModelServer): Promise<void> {
  await page.goto(`${product.url}/settings/models`);
  await page.getByRole('button', { name: 'Add a provider' }).first().click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Name').fill('Home server');
  await dialog.getByRole('textbox', { name: 'Address' }).fill(models.url);
  await dialog.getByRole('button', { name: 'Save and test' }).click();
  await dialog.getByText(/private network/).waitFor();
  await dialog.getByLabel('Allow a local address').click();
  await dialog.getByRole('button', { name: 'Save and test' }).click();
  await page.getByText('Working', { exact: true }).waitFor();
  await page.getByLabel('Answers', { exact: true }).selectOption({ label: 'tiny-chat:latest · Home server' });
  await page
    .getByText(/^Now: tiny-chat:latest/)
    .first()
    .waitFor();
}
