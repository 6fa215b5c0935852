import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { expectAccessible } from './browser.ts';

const viewports = [
  { width: 360, height: 740 },
  { width: 1440, height: 900 },
];

/** Shows the page as it is at both widths and in both themes, and looks for what must not be there. */
export async function expectSound(page: Page): Promise<void> {
  for (const viewport of viewports) {
    await page.setViewportSize(viewport);
    for (const theme of ['dark', 'light']) {
      await page.evaluate((name) => {
        document.documentElement.dataset.theme = name;
      }, theme);
      const overflow = await page.evaluate(
        () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
      );
      expect(overflow, `horizontal scroll of ${page.url()} at ${viewport.width} px`).toBeLessThanOrEqual(0);
      await expectAccessible(page);
    }
  }
}
