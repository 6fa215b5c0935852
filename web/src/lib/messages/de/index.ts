import { account } from './account.ts';
import { chat } from './chat.ts';
import { documents } from './documents.ts';
import { home } from './home.ts';
import { profile } from './profile.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { ui } from './ui.ts';

/** One catalogue file per feature; the keys begin with the feature's name. */
export const messages = {
  ...account,
  ...chat,
  ...documents,
  ...home,
  ...profile,
  ...settings,
  ...shell,
  ...ui,
};
