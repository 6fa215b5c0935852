export { deleteIdentitiesOf, listIdentities } from './identities.queries.ts';
export { createOauthFeature, type OauthFeature } from './oauth.feature.ts';
