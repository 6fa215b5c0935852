import type { Database } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AccountsService } from '../accounts/index.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import type { SecurityNotices } from '../notices/index.ts';
import * as queries from './identities.queries.ts';
import { IdentityNotFound, LastSignInMethod } from './oauth.errors.ts';

export interface IdentitiesService {
  list(actor: Actor): Promise<queries.IdentityRow[]>;
  /** Throws `oauth.identity_not_found` for anybody else's too (S30), `oauth.last_sign_in_method`. */
  unlink(actor: Actor, id: string, client: ClientFacts): Promise<void>;
}

/** The identities a person has connected. */
export function createIdentitiesService(options: {
  db: Database;
  accounts: AccountsService;
  audit: AuditTrail;
  notices: SecurityNotices;
}): IdentitiesService {
  const { db, accounts, audit, notices } = options;
  return {
    list: (actor) => queries.listIdentities(db, actor.userId),
    async unlink(actor, id, client) {
      await db.transaction().execute(async (trx) => {
        // Two removals at once must not each count on the other's way in.
        const account = await accounts.lock(trx, actor.userId);
        const identities = await queries.listIdentities(trx, actor.userId);
        const unlinked = identities.find((identity) => identity.id === id);
        if (!account || !unlinked) throw IdentityNotFound.with();
        const others = identities.some((identity) => identity.id !== id && identity.usable);
        if (!account.hasPassword && !others && !(await queries.hasPasskey(trx, actor.userId)))
          throw LastSignInMethod.with();
        await queries.deleteIdentity(trx, actor.userId, id);
        await audit.record(trx, {
          action: 'identity.unlinked',
          outcome: 'success',
          actorId: actor.userId,
          subjectId: actor.userId,
          sessionId: actor.sessionId,
          details: { provider: unlinked.provider_id ?? '', issuer: unlinked.issuer },
          personal: { address: client.address, userAgent: client.userAgent },
        });
        await notices.send(trx, actor.userId, {
          kind: 'identity_unlinked',
          facts: {
            provider: unlinked.provider_name ?? unlinked.issuer,
            address: client.address,
            user_agent: client.userAgent,
          },
        });
      });
    },
  };
}
