import type { Feature } from '../../platform/feature.ts';
import type { MailTransport } from '../../platform/mail/index.ts';
import type { Platform } from '../../platform/platform.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import type { AuditTrail } from '../audit/index.ts';
import type { NoticeSender } from '../notices/index.ts';
import { mailPersonalData } from './mail.personal.ts';
import { findLastError, removeOldMessages } from './mail.queries.ts';
import { mailRoutes } from './mail.routes.ts';
import { createMailService, type MailService } from './mail.service.ts';
import { deliverWorkflow } from './mail.workflow.ts';
import { createMailBodies, mailBodyColumn } from './mail-bodies.ts';
import type { PublicLinks } from './public-links.ts';
import { createNoticeSender } from './security-notices.ts';

export { localeOfHeader } from './letters/languages.ts';
export type { Recipient } from './mail.queries.ts';
export { type MailService, strangerAt } from './mail.service.ts';
export { createPublicLinks, type PublicLinks } from './public-links.ts';
export { noticeLetter } from './security-notices.ts';

const keepMessagesDays = 30;
const housekeepingMs = 3_600_000;

export interface MailFeature extends Feature {
  service: MailService;
  notices: NoticeSender;
}

/** Mail: written with the change it tells of, delivered by a durable run, shown to administrators. */
export function createMailFeature(options: {
  platform: Platform;
  audit: AuditTrail;
  transport: MailTransport;
  links: PublicLinks;
}): MailFeature {
  const { platform, transport, links } = options;
  const { db, clock, userFeed } = platform;
  const bodies = createMailBodies(platform.secretBox);
  const service = createMailService({ ...options, bodies });
  const domain = transport.from.address.split('@')[1] ?? 'localhost';
  const upkeep = createUpkeep(platform.log, [
    { name: 'mail.remove-old', everyMs: housekeepingMs, run: () => removeOldMessages(db, keepMessagesDays) },
  ]);
  return {
    service,
    notices: createNoticeSender({ mail: service, links, transport, clock }),
    routes: mailRoutes({ mail: service, transport, lastError: () => findLastError(db) }),
    workflows: [deliverWorkflow({ db, transport, bodies, userFeed, domain, clock })],
    sealed: [mailBodyColumn],
    personal: [mailPersonalData({ db, transport })],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
