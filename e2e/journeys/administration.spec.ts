import { readFile } from 'node:fs/promises';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addAuthenticator } from '../lib/authenticators.ts';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { account, setUp } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';

interface Somebody {
  email: string;
  name: string;
  password: string;
}
const clerk: Somebody = {
  email: 'clerk@example.org',
  name: 'clerk',
  password: 'copper meadow thimble swan 31',
};
const grace: Somebody = {
  email: 'grace@example.org',
  name: 'Grace Hopper',
  password: 'amber lattice willow comet 58',
};
const atHome = (page: Page) => page.getByRole('heading', { name: /What do you want to know/ }).waitFor();

describe('administrators look after the people of the workspace', () => {
  let product: Product;
  let office: BrowserSession;
  let guest: BrowserSession;
  let page: Page;
  let theirs: Page;
  beforeAll(async () => {
    product = await Product.start();
    [office, guest] = await Promise.all([openBrowser({ width: 1440, height: 900 }), openBrowser()]);
    page = office.page;
    theirs = guest.page;
    await addAuthenticator(guest.context, theirs);
    // Suggestions of passkeys would sign in by themselves here: this authenticator asks nobody.
    for (const { context } of [office, guest])
      await context.addInitScript(() => {
        PublicKeyCredential.isConditionalMediationAvailable = async () => false;
      });
    await setUp(page, product);
    const created = await product.command(
      ['create-user', '--email', clerk.email, '--role', 'admin', '--password-stdin'],
      clerk.password,
    );
    if (created.status !== 0) throw new Error(created.output);
  });
  afterAll(async () => {
    await office?.close();
    await guest?.close();
    await product?.stop();
  });

  const open = async (place: string, heading: string): Promise<void> => {
    await page.goto(`${product.url}/${place}`);
    await page.getByRole('heading', { name: 'Administration', level: 1 }).waitFor();
    await page.getByRole('heading', { name: heading, exact: true, level: 2 }).waitFor();
  };
  const signInAs = async (on: Page, who: Somebody): Promise<void> => {
    await on.goto(`${product.url}/sign-in`);
    await on.getByLabel('E-mail').fill(who.email);
    await on.getByLabel('Password', { exact: true }).fill(who.password);
    await on.getByRole('button', { name: 'Sign in', exact: true }).click();
  };
  const signOut = async (on: Page): Promise<void> => {
    await on.getByRole('button', { name: /^Account of/ }).click();
    await on.getByRole('menuitem', { name: 'Sign out' }).click();
    await on.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  const openGrace = async (): Promise<void> => {
    await open('admin/people', 'People');
    await page.getByLabel('Search by name or e-mail').pressSequentially('hop');
    await page.getByRole('link', { name: /Grace Hopper/ }).click();
    await page.getByRole('heading', { name: /Grace Hopper/, level: 2 }).waitFor();
  };
  const choose = async (label: string, option: string): Promise<void> => {
    await page.getByLabel(label, { exact: true }).selectOption({ label: option });
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Save' }).waitFor({ state: 'detached' });
  };

  it('tells the owner that mail reaches nobody yet, and draws how people sign in', async () => {
    await open('admin', 'Health');
    await page.getByText(/No mail server is set up/).waitFor();
    await page.getByRole('img', { name: /^Sign-ins by outcome:/ }).waitFor();
    await page.getByRole('button', { name: '7 days' }).click();
    const chart = page.getByRole('figure').filter({ hasText: 'New accounts' });
    await chart.getByText('Show as a table').click();
    await chart.getByRole('row').nth(1).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('an administrator invites somebody and reads the mail that stayed here', async () => {
    await signOut(page);
    await signInAs(page, clerk);
    await atHome(page);
    await open('admin/invitations', 'Invitations');
    await page.getByRole('button', { name: 'Invite somebody' }).click();
    const dialog = page.getByRole('dialog', { name: 'Invite somebody' });
    await dialog.getByLabel('E-mail').fill(grace.email);
    expect(await dialog.getByLabel('Role').locator('option').allTextContents()).toEqual(['Member']);
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Send the invitation' }).click();
    await page.getByText(`The invitation to ${grace.email} is on its way`).waitFor();
    await page.getByRole('listitem').filter({ hasText: grace.email }).getByText('Open').waitFor();
  });

  it('the invited person accepts through the mailed link', async () => {
    await open('admin/mail', 'Mail');
    await page.getByRole('button', { name: new RegExp(`to ${grace.email}$`) }).click();
    const text = await page
      .getByRole('dialog')
      .getByText(/accept-invitation/)
      .innerText();
    const token = /accept-invitation#token=([\w-]+)/.exec(text)?.[1];
    await theirs.goto(`${product.url}/accept-invitation#token=${token}`);
    await theirs.getByLabel('Your name').fill(grace.name);
    await theirs.getByLabel('Password', { exact: true }).fill(grace.password);
    await theirs.getByRole('button', { name: 'Create my account' }).click();
    await theirs.getByText('Your account is ready.').waitFor();
    await signInAs(theirs, grace);
    await atHome(theirs);
  });

  it('an administrator sees policies and providers explained, and cannot change people of their rank', async () => {
    await open('admin/policies', 'Policies');
    await page.getByText('Only owners can change the policies.').waitFor();
    expect(await page.getByLabel('Days of grace').isDisabled()).toBe(true);
    await open('admin/sign-in-providers', 'Sign-in providers');
    await page.getByText('Only owners manage sign-in providers').waitFor();
    await open('admin/people', 'People');
    await page.getByRole('link', { name: /clerk@example.org/ }).click();
    await page.getByRole('note').getByText('This is your own account.').waitFor();
    expect(await page.getByLabel('Role', { exact: true }).isDisabled()).toBe(true);
    await signOut(page);
  });

  it('the owner finds the person as they type and makes them an administrator', async () => {
    await signInAs(page, account);
    await atHome(page);
    await openGrace();
    await choose('Role', 'Administrator');
    // The change ended their sessions: the open page knows at once.
    await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInAs(theirs, grace);
    await atHome(theirs);
    await theirs.getByRole('link', { name: 'Administration' }).waitFor();
  });

  it('S19: whoever is suspended is thrown out of the open page at once', async () => {
    await choose('Status', 'Suspended');
    await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInAs(theirs, grace);
    await theirs.getByRole('alert').waitFor();
    expect(new URL(theirs.url()).pathname).toBe('/sign-in');
    await choose('Status', 'Active');
    await signInAs(theirs, grace);
    await atHome(theirs);
  });

  it('resets the second factors of somebody who lost them', async () => {
    await theirs.goto(`${product.url}/security/methods`);
    await theirs.getByRole('button', { name: 'Add a passkey' }).click();
    await theirs.getByRole('dialog', { name: 'Backup codes' }).getByRole('listitem').first().waitFor();
    await openGrace();
    const reset = page.getByRole('button', { name: 'Reset second factors' });
    await reset.click();
    const dialog = page.getByRole('dialog', { name: /Remove the second factors/ });
    await expectAccessible(page);
    await dialog.getByRole('button', { name: 'Reset second factors' }).click();
    await page.getByText(/^Second factors removed/).waitFor();
    // Nothing is left to be reset.
    await expect.poll(() => reset.isDisabled()).toBe(true);
    await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
  });

  it('a second factor without grace leads the next sign-in to adding one', async () => {
    await open('admin/policies', 'Policies');
    await page.getByLabel('Administrators', { exact: true }).selectOption({ label: 'Required' });
    await page.getByLabel('Days of grace').fill('0');
    await page.getByText(/can do nothing at the next sign-in before adding one/).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('link', { name: 'Mail', exact: true }).click();
    await page.getByRole('heading', { name: 'Outbox' }).waitFor();
    await page.getByRole('link', { name: 'Policies', exact: true }).click();
    await page.getByText('Not saved yet').waitFor();
    await page.getByRole('button', { name: 'Save' }).click();
    await page.getByText('The policies are in force').waitFor();
    await signInAs(theirs, grace);
    await theirs.waitForURL(/\/finish-sign-in/);
    await theirs.getByRole('heading', { name: 'Add a second step' }).waitFor();
  });

  it('the audit shows all of it, exports it, and proves that it is whole', async () => {
    await open('admin/audit', 'Audit');
    const events = [
      'Somebody invited',
      'Account made',
      'Role changed',
      'Status changed',
      'Second factors reset',
      'Policies changed',
    ];
    for (const event of events) await page.getByRole('article', { name: event }).first().waitFor();
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'CSV' }).click(),
    ]);
    const lines = await readFile(await download.path(), 'utf8');
    for (const action of ['account.role_changed', 'account.factors_reset', 'policies.changed'])
      expect(lines).toContain(action);
    await page.getByRole('button', { name: 'Check the chain' }).click();
    await page.getByText('The evidence is complete and unchanged.').waitFor();
    await page.getByLabel('What').selectOption({ label: 'Policies' });
    await page.getByRole('article', { name: 'Role changed' }).waitFor({ state: 'detached' });
    await page.getByRole('article', { name: 'Policies changed' }).waitFor();
    await page.reload();
    await page.getByRole('article', { name: 'Policies changed' }).waitFor();
    await expectSound(page);
  });

  it.each([
    ['admin/people', 'People'],
    ['admin/invitations', 'Invitations'],
    ['admin/sessions', 'Sessions'],
    ['admin/alerts', 'Alerts'],
    ['admin/mail', 'Mail'],
    ['admin/sign-in-providers', 'Sign-in providers'],
  ])('%s is sound at every width and in both themes', async (address, heading) => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await open(address, heading);
    await expectSound(page);
  });

  it('the page of a person is sound at every width and in both themes', async () => {
    await page.setViewportSize({ width: 1440, height: 900 });
    await openGrace();
    await page.getByRole('heading', { name: 'Recent activity' }).waitFor();
    await expectSound(page);
  });

  it('for everybody else the administration leads nowhere', async () => {
    const created = await product.command(
      ['create-user', '--email', 'mia@example.org', '--role', 'user', '--password-stdin'],
      grace.password,
    );
    expect(created.status).toBe(0);
    await theirs.getByRole('button', { name: 'Sign out' }).click();
    await theirs.getByRole('heading', { name: 'Sign in' }).waitFor();
    await signInAs(theirs, { ...grace, email: 'mia@example.org' });
    await atHome(theirs);
    expect(await theirs.getByRole('link', { name: 'Administration' }).allTextContents()).toEqual([]);
    await theirs.goto(`${product.url}/admin/people`);
    await theirs.getByRole('heading', { name: 'This is not here' }).waitFor();
  });

  it('reports no error on any of these pages', () => {
    expect([...office.errors, ...guest.errors]).toEqual([]);
  });
});
