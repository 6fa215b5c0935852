import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { AuthenticatorApp, addAuthenticator } from '../lib/authenticators.ts';
import { type BrowserSession, expectAccessible, openBrowser } from '../lib/browser.ts';
import { query } from '../lib/database.ts';
import { account, setUp, signIn } from '../lib/journey.ts';
import { Product } from '../lib/product.ts';
import { expectSound } from '../lib/sound.ts';

const newPassword = 'violet harbour lantern quilt 17';
const isIn = (page: Page) => page.getByRole('button', { name: /^Account of/ }).waitFor();

describe('a person looks after the safety of their account', () => {
  let product: Product;
  let browser: BrowserSession;
  let page: Page;
  let app: AuthenticatorApp;
  let backupCodes: string[] = [];
  beforeAll(async () => {
    product = await Product.start();
    browser = await openBrowser({ width: 1440, height: 900 });
    page = browser.page;
    await addAuthenticator(browser.context, page);
    // Suggestions of passkeys would sign in by themselves here: this authenticator asks nobody.
    await browser.context.addInitScript(() => {
      PublicKeyCredential.isConditionalMediationAvailable = async () => false;
    });
    await setUp(page, product);
  });
  afterAll(async () => {
    await browser?.close();
    await product?.stop();
  });

  const open = async (place: string): Promise<void> => {
    await page.goto(`${product.url}/${place}`);
    await page.getByRole('heading', { name: 'Security', level: 1 }).waitFor();
  };
  const signOut = async (): Promise<void> => {
    await page.getByRole('button', { name: /^Account of/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.getByRole('heading', { name: 'Sign in' }).waitFor();
  };
  /** The server remembers sessions for a moment, so it starts anew. */
  const letFiveMinutesPass = async (): Promise<void> => {
    await query(product, "update sessions set stepped_up_at = now() - interval '6 minutes'");
    await product.kill();
    await product.start();
  };
  const takeBackupCodes = async (): Promise<string[]> => {
    const dialog = page.getByRole('dialog', { name: 'Backup codes' });
    const items = dialog.getByRole('list', { name: 'Backup codes' }).getByRole('listitem');
    await items.first().waitFor();
    const codes = await items.allTextContents();
    await expectAccessible(page);
    expect(await dialog.getByRole('button', { name: 'Done' }).isDisabled()).toBe(true);
    await dialog.getByLabel('I keep these codes in a safe place').check();
    await dialog.getByRole('button', { name: 'Done' }).click();
    await dialog.waitFor({ state: 'detached' });
    return codes.map((code) => code.trim());
  };
  const finishByCode = async (on: Page, way: string, field: string, code: string): Promise<void> => {
    await on.getByRole('button', { name: way }).click();
    await on.getByLabel(field).fill(code);
    await on.getByRole('button', { name: 'Sign in', exact: true }).click();
  };

  it('the overview says in a sentence how safe the account is, and what to do next', async () => {
    await open('security');
    await page.getByText('You sign in with your password. 1 device. Nothing unusual.').waitFor();
    await page.getByRole('heading', { name: 'Your account needs protection' }).waitFor();
  });

  it('adds a passkey, and gets backup codes that are shown once', async () => {
    await open('security/methods');
    await page.getByRole('button', { name: 'Add a passkey' }).click();
    backupCodes = await takeBackupCodes();
    expect(backupCodes).toHaveLength(10);
    await page.getByText('10 codes are left.').waitFor();
    await page.reload();
    await page.getByText('10 codes are left.').waitFor();
    expect(await page.getByText(backupCodes[0] ?? '', { exact: true }).count()).toBe(0);
  });

  it('signs in with the passkey alone', async () => {
    await signOut();
    // It was made in this browser, so it is the first way in.
    const passkey = page.getByRole('button', { name: 'Sign in with a passkey' });
    await passkey.waitFor();
    expect((await passkey.boundingBox())?.y).toBeLessThan(
      (await page.getByLabel('E-mail').boundingBox())?.y ?? 0,
    );
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await passkey.click();
    await isIn(page);
    await open('security/sessions');
    await page.getByText(/^Signed in .* with passkey/).waitFor();
  });

  it('sets up an authenticator app', async () => {
    await open('security/methods');
    await page.getByRole('button', { name: 'Set up' }).click();
    const dialog = page.getByRole('dialog', { name: 'Authenticator app' });
    await dialog.getByText('No camera? Type this key into the app').click();
    app = new AuthenticatorApp(await dialog.locator('code').innerText());
    await expectAccessible(page);
    await dialog.getByLabel('Six-digit code from the app').fill(await app.nextCode());
    await dialog.getByRole('button', { name: 'Confirm' }).click();
    await page.getByText('The authenticator app is set up.').waitFor();
    // The first session ended with the passkey's sign-in: there is nobody to throw out.
    expect(await page.getByText(/^Changed\. You are still signed in/).count()).toBe(0);
  });

  it('S23: a device that is trusted after a second step is not asked for one again', async () => {
    await signOut();
    await signIn(page);
    await page.getByRole('heading', { name: 'One more step' }).waitFor();
    await expectSound(page);
    await page.getByLabel('Trust this device').check();
    await finishByCode(
      page,
      'Use your authenticator app',
      'Code from your authenticator app',
      await app.nextCode(),
    );
    await isIn(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await signOut();
    await signIn(page);
    await isIn(page);
    await open('security/devices');
    await page.getByText('Trusted', { exact: true }).waitFor();
  });

  it('S23: what is sensitive asks once more who it is after five minutes, and then goes on', async () => {
    await letFiveMinutesPass();
    await open('security/methods');
    await page.getByRole('button', { name: 'Make new codes' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
    const proof = page.getByRole('dialog', { name: 'Is it still you?' });
    await proof.waitFor();
    await expectAccessible(page);
    await proof.getByRole('button', { name: 'Use a passkey' }).click();
    const before = backupCodes;
    backupCodes = await takeBackupCodes();
    expect(backupCodes).toHaveLength(10);
    expect(backupCodes.filter((code) => before.includes(code))).toEqual([]);
  });

  it('closing that question changes nothing and is no fault', async () => {
    await letFiveMinutesPass();
    await open('security/methods');
    await page.getByRole('button', { name: 'Remove', exact: true }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove', exact: true }).click();
    const proof = page.getByRole('dialog', { name: 'Is it still you?' });
    await proof.getByRole('button', { name: 'Cancel' }).click();
    await proof.waitFor({ state: 'detached' });
    expect(await page.getByRole('alert').count()).toBe(0);
    await page.reload();
    await page.getByText(/It asks for a six-digit code at sign-in/).waitFor();
  });

  it('withdraws the trust and signs in with a backup code', async () => {
    await open('security/devices');
    await page.getByRole('button', { name: /^Actions for/ }).click();
    await page.getByRole('menuitem', { name: 'Withdraw the trust' }).click();
    await page.getByText(/is asked for the second step again/).waitFor();
    await signOut();
    await signIn(page);
    await finishByCode(page, 'Use a backup code', 'Backup code', backupCodes[0] ?? '');
    await isIn(page);
    await open('security/methods');
    await page.getByText('9 codes are left.').waitFor();
  });

  it('S9: a change offers to end other sessions; one of another browser is thrown out at once', async () => {
    const other = await openBrowser();
    try {
      await other.page.goto(product.url);
      await signIn(other.page);
      await finishByCode(other.page, 'Use a backup code', 'Backup code', backupCodes[1] ?? '');
      await isIn(other.page);
      await open('security/methods');
      await page.getByRole('button', { name: 'Make new codes' }).click();
      await page.getByRole('dialog').getByRole('button', { name: 'Make new codes' }).click();
      backupCodes = await takeBackupCodes();
      await page.getByText('Changed. You are still signed in in one other place').waitFor();
      await expectAccessible(page);
      await open('security/sessions');
      await page.getByText('This session', { exact: true }).waitFor();
      await page.getByRole('button', { name: /^End the session/ }).click();
      await other.page.getByText('Your session ended.').waitFor();
    } finally {
      await other.close();
    }
    await page.getByRole('button', { name: /^End the session/ }).waitFor({ state: 'detached' });
  });

  it('every page of the place is sound with something on it', async () => {
    // From here on it may take longer than a proof lasts; whoever is asked again shows the passkey.
    const stillYou = page.getByRole('dialog', { name: 'Is it still you?' });
    await page.addLocatorHandler(stillYou, () =>
      stillYou.getByRole('button', { name: 'Use a passkey' }).click(),
    );
    for (const place of ['security', 'security/methods', 'security/devices', 'security/sessions']) {
      await open(place);
      await expect.poll(() => page.getByRole('status', { name: 'Loading' }).count()).toBe(0);
      await expectSound(page);
    }
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('reads what happened to the account, and narrows it', async () => {
    await open('security/activity');
    await page.getByText('A backup code was used').first().waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByLabel('What').selectOption({ label: 'Devices' });
    await page.getByText('A device lost its trust').waitFor();
    await expect.poll(() => page.getByText('A backup code was used').count()).toBe(0);
  });

  it('makes an API key, whose secret is shown once', async () => {
    await open('security/api-keys');
    await page.getByRole('button', { name: 'Make a key' }).click();
    const form = page.getByRole('dialog', { name: 'Make a key' });
    await form.getByLabel('Name', { exact: true }).fill('Backup script');
    await form.getByLabel('List, read and download your documents.').check();
    await expectAccessible(page);
    await form.getByRole('button', { name: 'Make a key' }).click();
    const shown = page.getByRole('dialog', { name: 'Your new key' });
    const secret = await shown.locator('code').first().innerText();
    expect(secret).toMatch(/^aiwfe_/);
    await shown.getByRole('button', { name: 'I have copied it' }).click();
    await page.getByText('Backup script').waitFor();
    expect(await page.getByText(secret).count()).toBe(0);
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
  });

  it('finds what is kept about them, and asks for a copy', async () => {
    await open('security/privacy');
    await page.getByRole('button', { name: 'Ask for a copy' }).click();
    await page.getByText('Ready', { exact: true }).waitFor();
    await page.getByRole('switch', { name: 'Country of sign-ins' }).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    const download = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Download' }).click();
    expect((await download).suggestedFilename()).toMatch(/\.zip$/);
  });

  it('cannot delete the only account that administers everything', async () => {
    await open('security/privacy');
    await page.getByRole('button', { name: 'Delete my account' }).click();
    const dialog = page.getByRole('dialog', { name: 'Delete your account?' });
    await dialog.getByRole('textbox').fill(account.email);
    await dialog.getByRole('button', { name: 'Delete my account' }).click();
    const refusal = dialog.getByRole('alert');
    await refusal.waitFor();
    await expectAccessible(page);
    expect(await page.getByText('Your account will be deleted on').count()).toBe(0);
    await dialog.getByRole('button', { name: 'Cancel' }).click();
  });

  it('"this was not me" leads to a new password', async () => {
    const badge = page.getByRole('link', { name: /Security.*open alert/ });
    await badge.first().waitFor();
    await open('security/alerts');
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.locator('a[href^="/security/alerts/"]').first().click();
    await page.getByRole('button', { name: 'This was not me' }).waitFor();
    await expectSound(page);
    await page.setViewportSize({ width: 1440, height: 900 });
    await page.getByRole('button', { name: 'This was not me' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'This was not me' }).click();
    await page.getByRole('heading', { name: 'Choose a new password' }).waitFor();
    await expectSound(page);
    await page.getByLabel('Current password').fill(account.password);
    await page.getByLabel('New password').fill(newPassword);
    await page.getByRole('button', { name: 'Change the password' }).click();
    await page.getByRole('heading', { name: 'Security', level: 1 }).waitFor();
  });

  it('reports no error on any of these pages', () => {
    expect(browser.errors).toEqual([]);
  });
});
