import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Feature } from '../../platform/feature.ts';
import type { OutboundDoor } from '../../platform/outbound-http/index.ts';
import type { Sessions } from '../sessions/index.ts';
import { adminProviderRoutes } from './admin-providers.routes.ts';
import { type AuthorizationOptions, createAuthorizationService } from './authorization.service.ts';
import { identitiesPersonalData } from './identities.personal.ts';
import { createIdentitiesService } from './identities.service.ts';
import { oauthRoutes } from './oauth.routes.ts';
import { createOpenidConnections } from './openid-connection.ts';
import { createProvidersService, sealedClientSecrets } from './providers.service.ts';

export interface OauthOptions
  extends Omit<AuthorizationOptions, 'connections' | 'providers' | 'sessions' | 'now'> {
  secretBox: SecretBox;
  door: OutboundDoor;
  clock: () => Date;
  sessions: Sessions;
}

export interface OauthFeature {
  feature: Feature;
  /** Whether the person can confirm who they are by signing in at a provider again. */
  canReauthenticate(userId: string): Promise<boolean>;
}

/** Sign-in with Google and any other OpenID provider. */
export function createOauthFeature(options: OauthOptions): OauthFeature {
  const now = (): number => options.clock().getTime();
  const { service, delivery, cookies } = options.sessions;
  const connections = createOpenidConnections({ door: options.door, now });
  const providers = createProvidersService({ ...options, connections, now });
  const identities = createIdentitiesService(options);
  const authorizations = createAuthorizationService({
    ...options,
    connections,
    providers,
    sessions: service,
    now,
  });
  return {
    canReauthenticate: authorizations.canReauthenticate,
    feature: {
      sealed: [sealedClientSecrets],
      personal: [identitiesPersonalData(options.db)],
      routes: [
        ...oauthRoutes({ authorizations, providers, identities, sessions: service, delivery, cookies }),
        ...adminProviderRoutes({ providers, publicUrl: options.publicUrl }),
      ],
    },
  };
}
