import { account } from './account.ts';
import { accountSetup } from './account-setup.ts';
import { admin } from './admin.ts';
import { adminAudit } from './admin-audit.ts';
import { adminPeople } from './admin-people.ts';
import { adminSettings } from './admin-settings.ts';
import { approvals } from './approvals.ts';
import { assistant } from './assistant.ts';
import { chat } from './chat.ts';
import { chatAnswers } from './chat-answers.ts';
import { chatModes } from './chat-modes.ts';
import { documents } from './documents.ts';
import { factors } from './factors.ts';
import { home } from './home.ts';
import { memory } from './memory.ts';
import { modelSlots } from './model-slots.ts';
import { modelUsage } from './model-usage.ts';
import { notifications } from './notifications.ts';
import { profile } from './profile.ts';
import { recovery } from './recovery.ts';
import { runs } from './runs.ts';
import { security } from './security.ts';
import { securityAccess } from './security-access.ts';
import { securityActivity } from './security-activity.ts';
import { securityAlerts } from './security-alerts.ts';
import { securityPrivacy } from './security-privacy.ts';
import { settings } from './settings.ts';
import { shell } from './shell.ts';
import { signIn } from './sign-in.ts';
import { stepUp } from './step-up.ts';
import { ui } from './ui.ts';
import { webSearch } from './web-search.ts';
import { workflows } from './workflows.ts';

/** One catalogue file per feature; the keys begin with the feature's name. */
export const messages = {
  ...account,
  ...accountSetup,
  ...admin,
  ...adminSettings,
  ...adminAudit,
  ...adminPeople,
  ...assistant,
  ...approvals,
  ...chat,
  ...chatAnswers,
  ...chatModes,
  ...documents,
  ...factors,
  ...home,
  ...memory,
  ...modelSlots,
  ...modelUsage,
  ...notifications,
  ...profile,
  ...recovery,
  ...runs,
  ...security,
  ...securityAccess,
  ...securityActivity,
  ...securityAlerts,
  ...securityPrivacy,
  ...settings,
  ...shell,
  ...signIn,
  ...stepUp,
  ...ui,
  ...webSearch,
  ...workflows,
};
export type MessageKey = keyof typeof messages;
