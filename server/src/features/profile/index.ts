export { profilePersonalData } from './profile.personal.ts';
export { storeFirstProfile } from './profile.queries.ts';
export { profileRoutes } from './profile.routes.ts';
export {
  createProfileService,
  type LanguageChanged,
  languageChangedTopic,
  type ProfileService,
} from './profile.service.ts';
