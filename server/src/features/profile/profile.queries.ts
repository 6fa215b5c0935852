import { sql } from 'kysely';
import type { Role } from '../../platform/http/route.ts';
import type { Executor } from '../audit/index.ts';

export interface Profile {
  id: string;
  email: string;
  display_name: string;
  role: Role;
  time_zone: string;
  locale: string;
  theme: 'dark' | 'light' | 'system';
  about: string;
  work_style: string;
  goals: string[];
  updated_at: string;
  version: number;
}

export type ProfileChange = Partial<
  Pick<Profile, 'display_name' | 'time_zone' | 'locale' | 'theme' | 'about' | 'work_style' | 'goals'>
>;

/** A person's own profile; who never changed anything has the defaults, without a row. */
export async function findProfile(executor: Executor, userId: string): Promise<Profile | undefined> {
  const { rows } = await sql<Omit<Profile, 'updated_at'> & { updated_at: Date }>`
    select u.id, u.email, u.display_name, u.role, coalesce(p.time_zone, 'UTC') as time_zone,
      coalesce(p.locale, 'en') as locale, coalesce(p.theme, 'system') as theme, coalesce(p.about, '') as about,
      coalesce(p.work_style, '') as work_style, coalesce(p.goals, '[]') as goals,
      coalesce(p.updated_at, u.created_at) as updated_at, coalesce(p.version, 1) as version
    from users u left join profiles p on p.user_id = u.id where u.id = ${userId}`.execute(executor);
  const row = rows[0];
  return row && { ...row, updated_at: row.updated_at.toISOString() };
}

/** Holds the account, so that two changes of one profile come one after the other. */
export async function lockProfile(executor: Executor, userId: string): Promise<void> {
  await sql`select 1 from users where id = ${userId} for update`.execute(executor);
}

export async function storeProfile(executor: Executor, profile: Profile): Promise<void> {
  await sql`update users set display_name = ${profile.display_name}, updated_at = now()
    where id = ${profile.id} and display_name <> ${profile.display_name}`.execute(executor);
  await sql`
    insert into profiles (user_id, time_zone, locale, theme, about, work_style, goals, version)
    values (${profile.id}, ${profile.time_zone}, ${profile.locale}, ${profile.theme}, ${profile.about},
      ${profile.work_style}, ${JSON.stringify(profile.goals)}::jsonb, ${profile.version})
    on conflict (user_id) do update set time_zone = excluded.time_zone, locale = excluded.locale,
      theme = excluded.theme, about = excluded.about, work_style = excluded.work_style, goals = excluded.goals,
      version = excluded.version, updated_at = now()`.execute(executor);
}

/** What a person chose before they had a profile; the rest are the defaults. */
export async function storeFirstProfile(
  executor: Executor,
  userId: string,
  chosen: { theme: string },
): Promise<void> {
  await sql`insert into profiles (user_id, theme) values (${userId}, ${chosen.theme})`.execute(executor);
}
