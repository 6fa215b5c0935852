import { account } from './account.ts';
import { ui } from './ui.ts';

/** The texts of set-up, sign-in, registration and of errors there. */
export const entranceTexts = { ...account, ...ui };
