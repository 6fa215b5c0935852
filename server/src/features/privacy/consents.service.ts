import { sql } from 'kysely';
import { v7 as uuidv7 } from 'uuid';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import { type ConsentPurpose, consentCatalogue } from './consents.catalogue.ts';
import { OutdatedConsentText, UnknownPurpose } from './privacy.errors.ts';
import type { ConsentDecision, ConsentList } from './privacy.schemas.ts';

interface DecisionRow {
  purpose: string;
  version: number;
  granted: boolean;
  decided_at: Date;
}

const historyLimit = 200;

export type ConsentsService = ReturnType<typeof createConsentsService>;

/** What people agreed to. Every decision is kept; the last one counts. */
export function createConsentsService({ db, audit }: { db: Database; audit: AuditTrail }) {
  const list = async (actor: Actor): Promise<ConsentList['items']> => {
    const decisions = await listDecisions(db, actor.userId);
    return consentCatalogue.map(({ purpose, version, wording, grantedByDefault }) => {
      const history = decisions.filter((decision) => decision.purpose === purpose);
      return {
        purpose,
        version,
        wording,
        granted: history[0]?.granted ?? grantedByDefault,
        decided_at: history[0]?.decided_at.toISOString() ?? null,
        history: history.map(({ decided_at, ...decision }) => ({
          version: decision.version,
          granted: decision.granted,
          decided_at: decided_at.toISOString(),
        })),
      };
    });
  };
  return {
    list,

    /** Whether somebody agrees to a purpose at this moment. */
    async isGranted(userId: string, purpose: ConsentPurpose['purpose']): Promise<boolean> {
      const known = consentCatalogue.find((one) => one.purpose === purpose);
      return (await findDecision(db, userId, purpose)) ?? known?.grantedByDefault ?? false;
    },

    /** Throws `privacy.unknown_purpose`, `privacy.outdated_text`. */
    async decide(
      actor: Actor,
      decision: ConsentDecision,
      client: ClientFacts,
    ): Promise<ConsentList['items']> {
      const known = consentCatalogue.find(({ purpose }) => purpose === decision.purpose);
      if (!known) throw UnknownPurpose.with();
      if (known.version !== decision.version) throw OutdatedConsentText.with();
      await db.transaction().execute(async (trx) => {
        await storeDecision(trx, actor.userId, decision);
        if (decision.purpose === 'sign_in_location' && !decision.granted)
          await forgetCountries(trx, actor.userId);
        await audit.record(trx, {
          action: decision.granted ? 'consent.given' : 'consent.withdrawn',
          outcome: 'success',
          actorId: actor.userId,
          subjectId: actor.userId,
          sessionId: actor.sessionId,
          details: { purpose: decision.purpose, version: decision.version },
          personal: { address: client.address, userAgent: client.userAgent },
        });
      });
      return list(actor);
    },
  };
}

/** Newest first. */
async function listDecisions(db: Queryable, userId: string): Promise<DecisionRow[]> {
  const { rows } = await sql<DecisionRow>`
    select purpose, version, granted, decided_at from consent_decisions
    where user_id = ${userId} order by id desc limit ${historyLimit}`.execute(db);
  return rows;
}

async function findDecision(db: Queryable, userId: string, purpose: string): Promise<boolean | undefined> {
  const { rows } = await sql<{ granted: boolean }>`
    select granted from consent_decisions where user_id = ${userId} and purpose = ${purpose}
    order by id desc limit 1`.execute(db);
  return rows[0]?.granted;
}

async function storeDecision(db: Queryable, userId: string, decision: ConsentDecision): Promise<void> {
  // One after the other, so that the last row is the last decision.
  await sql`select from users where id = ${userId} for no key update`.execute(db);
  await sql`insert into consent_decisions (id, user_id, purpose, version, granted)
    values (${uuidv7()}, ${userId}, ${decision.purpose}, ${decision.version}, ${decision.granted})`.execute(
    db,
  );
}

async function forgetCountries(db: Queryable, userId: string): Promise<void> {
  await sql`update sessions set country = null where user_id = ${userId} and country is not null`.execute(db);
  await sql`update devices set last_country = null
    where user_id = ${userId} and last_country is not null`.execute(db);
  await sql`update security_alerts set facts = facts - 'country' - 'previous_country'
    where user_id = ${userId} and facts ?| array['country', 'previous_country']`.execute(db);
}
