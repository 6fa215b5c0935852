import { createBoundedCache } from '../../platform/bounded-cache.ts';
import type { Database } from '../../platform/database/database.ts';
import { type FieldProblem, ValidationFailed } from '../../platform/errors.ts';
import type { EventBus } from '../../platform/events/event-bus.ts';
import type { Actor } from '../../platform/http/route.ts';
import { type AccountChanged, accountChangedTopic } from '../accounts/index.ts';
import { storable } from '../audit/index.ts';
import { ProfileNotFound, ProfileVersionConflict } from './profile.errors.ts';
import {
  findProfile,
  lockProfile,
  type Profile,
  type ProfileChange,
  storeProfile,
} from './profile.queries.ts';

/** Told in the process that changed the language of a person: `LanguageChanged`. */
export const languageChangedTopic = 'profiles.language-changed';
export interface LanguageChanged {
  user_id: string;
  locale: string;
}
const profileChangedTopic = 'profiles.changed';
const busReconnectedTopic = 'bus.reconnected';
const maxCached = 10_000;
const maxStaleMs = 15_000;

export type ProfileService = ReturnType<typeof createProfileService>;

/** A person's own profile. Reads come from memory, which every change in any process drops. */
export function createProfileService(options: { db: Database; bus: EventBus }) {
  const { db, bus } = options;
  const cache = createBoundedCache<Profile>(maxCached, { ttl: maxStaleMs });
  let epoch = 0;
  const drop = ({ user_id }: { user_id: string }): void => {
    epoch += 1;
    cache.delete(user_id);
  };
  const subscriptions = [
    bus.subscribe(profileChangedTopic, drop),
    bus.subscribe(accountChangedTopic, (change: AccountChanged) => drop(change)),
    bus.subscribe(busReconnectedTopic, () => {
      epoch += 1;
      cache.clear();
    }),
  ];
  const load = async (userId: string): Promise<Profile> => {
    const startedIn = epoch;
    const profile = await findProfile(db, userId);
    if (!profile) throw ProfileNotFound.with();
    if (startedIn === epoch) cache.set(userId, profile);
    return profile;
  };

  return {
    /** At once from memory, otherwise from the database. */
    get: (actor: Actor): Profile | Promise<Profile> => cache.get(actor.userId) ?? load(actor.userId),

    /**
     * Changes what is given. `replace`: what is not given goes back to its default.
     * Throws `profile.version_conflict` when `expectedVersion` is not the stored one, `validation_failed`.
     */
    async change(
      actor: Actor,
      change: ProfileChange,
      how: { replace: boolean; expectedVersion: number | undefined },
    ): Promise<Profile> {
      const checked = checkChange(change);
      const before = await db.transaction().execute(async (trx) => {
        await lockProfile(trx, actor.userId);
        const current = await findProfile(trx, actor.userId);
        if (!current) throw ProfileNotFound.with();
        if (how.expectedVersion !== undefined && how.expectedVersion !== current.version)
          throw ProfileVersionConflict.with();
        const base = how.replace ? { ...current, ...defaults } : current;
        await storeProfile(trx, { ...base, ...checked, version: current.version + 1 });
        return current;
      });
      bus.publish(profileChangedTopic, { user_id: actor.userId });
      const changed = await load(actor.userId);
      if (changed.locale !== before.locale)
        bus.publishLocal(languageChangedTopic, { user_id: actor.userId, locale: changed.locale });
      return changed;
    },

    close(): void {
      for (const end of subscriptions) end();
    },
  };
}

const defaults = {
  time_zone: 'UTC',
  locale: 'en',
  theme: 'system',
  about: '',
  work_style: '',
  goals: [] as string[],
} as const;

function checkChange(change: ProfileChange): ProfileChange {
  const errors: FieldProblem[] = [];
  const checked = { ...change };
  if (change.display_name !== undefined) {
    checked.display_name = storable(change.display_name, 100);
    if (checked.display_name === '')
      errors.push({ field: 'display_name', detail: 'is empty', reason: 'empty' });
  }
  if (change.time_zone !== undefined && !isTimeZone(change.time_zone))
    errors.push({
      field: 'time_zone',
      detail: 'is not a time zone such as Europe/Paris',
      reason: 'time_zone_unknown',
    });
  if (change.locale !== undefined && !isLocale(change.locale))
    errors.push({ field: 'locale', detail: 'is not a language tag such as en-GB', reason: 'locale_unknown' });
  if (errors.length > 0) throw ValidationFailed.with({ errors });
  return checked;
}

function isTimeZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone.length > 0;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

function isLocale(tag: string): boolean {
  try {
    return Intl.getCanonicalLocales(tag).length === 1;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
