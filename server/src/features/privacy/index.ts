export { type ConsentsService, createConsentsService } from './consents.service.ts';
export { createDeletionsService, type DeletionsService } from './deletions.service.ts';
export { LastSuperuser, OutdatedConsentText } from './privacy.errors.ts';
export { createPrivacyFeature } from './privacy.feature.ts';
