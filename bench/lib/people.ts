import { hash } from '@node-rs/argon2';
import type { ProductDatabase } from './product-database.ts';

export const benchPassword = 'bench horse battery staple 42';

/** The product's own (S1). */
export const hashOptions = { algorithm: 2, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** Stores people `<prefix>1@example.org`, `<prefix>2@…` who all have the bench's password. Returns their addresses. */
export async function storePeople(
  database: ProductDatabase,
  prefix: string,
  count: number,
  role = 'user',
): Promise<string[]> {
  const encoded = await hash(benchPassword, hashOptions);
  await database.query(
    `insert into users (id, email, email_canonical, display_name, role, password_hash, email_verified_at,
       password_changed_at)
     select gen_random_uuid(), email, email, $1 || n, $3, $4, now(), now()
     from generate_series(1, $2::int) n, lateral (select $1 || n || '@example.org' as email) named`,
    [prefix, count, role, encoded],
  );
  return Array.from({ length: count }, (_unused, index) => `${prefix}${index + 1}@example.org`);
}
