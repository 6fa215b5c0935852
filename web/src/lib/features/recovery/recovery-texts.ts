import { recovery } from '#lib/messages/en/recovery.ts';
import { texts } from '#lib/messages/translate.svelte.ts';

/** Makes the texts of the pages that mails lead to known. */
export const recoveryTexts = (): Promise<void> => texts.addAtEntrance(async () => recovery);
