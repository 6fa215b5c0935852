import { type Selectable, sql, type Updateable } from 'kysely';
import type { Queryable } from '../../platform/database/database.ts';
import { type ModelTables, withModelTables } from './models.tables.ts';

// Providers and pulls belong to the installation, not to a person: no query here is scoped to one.

export type ProviderRow = Selectable<ModelTables['model_providers']>;
export type PullRow = Selectable<ModelTables['model_pulls']>;
export type NewProviderRow = Pick<
  ProviderRow,
  'id' | 'kind' | 'name' | 'base_url' | 'allow_local' | 'api_key_sealed' | 'max_concurrent'
>;

const now = sql<Date>`now()`;

export async function listProviders(db: Queryable): Promise<ProviderRow[]> {
  return withModelTables(db)
    .selectFrom('model_providers')
    .selectAll()
    .orderBy('created_at')
    .orderBy('id')
    .execute();
}

export async function findProvider(db: Queryable, id: string): Promise<ProviderRow | undefined> {
  return withModelTables(db)
    .selectFrom('model_providers')
    .selectAll()
    .where('id', '=', id)
    .executeTakeFirst();
}

/** Answers `undefined` when the name is taken. */
export async function insertProvider(
  db: Queryable,
  provider: NewProviderRow,
): Promise<ProviderRow | undefined> {
  return withModelTables(db)
    .insertInto('model_providers')
    .values(provider)
    .onConflict((conflict) => conflict.column('name').doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function isNameTaken(db: Queryable, name: string, exceptId: string): Promise<boolean> {
  const row = await withModelTables(db)
    .selectFrom('model_providers')
    .select('id')
    .where('name', '=', name)
    .where('id', '!=', exceptId)
    .executeTakeFirst();
  return row !== undefined;
}

export async function updateProvider(
  db: Queryable,
  id: string,
  changes: Updateable<ModelTables['model_providers']>,
): Promise<ProviderRow | undefined> {
  return withModelTables(db)
    .updateTable('model_providers')
    .set({ ...changes, updated_at: now })
    .where('id', '=', id)
    .returningAll()
    .executeTakeFirst();
}

/** Removes a provider; slots that only it served stay, empty, with a note that says why. Answers whether it was there. */
export async function deleteProvider(trx: Queryable, id: string, note: string): Promise<boolean> {
  await sql`
    update model_slot_assignments a set note = ${note}, updated_at = now()
    where exists (select from model_slot_choices c where c.assignment_id = a.id and c.provider_id = ${id})
      and not exists (select from model_slot_choices c where c.assignment_id = a.id and c.provider_id <> ${id})`.execute(
    trx,
  );
  const result = await withModelTables(trx)
    .deleteFrom('model_providers')
    .where('id', '=', id)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

export async function listPulls(db: Queryable, limit: number): Promise<PullRow[]> {
  return withModelTables(db)
    .selectFrom('model_pulls')
    .selectAll()
    .orderBy('created_at', 'desc')
    .orderBy('id', 'desc')
    .limit(limit)
    .execute();
}

export async function findPull(db: Queryable, id: string): Promise<PullRow | undefined> {
  return withModelTables(db).selectFrom('model_pulls').selectAll().where('id', '=', id).executeTakeFirst();
}

export async function findRunningPull(
  db: Queryable,
  providerId: string,
  model: string,
): Promise<PullRow | undefined> {
  return withModelTables(db)
    .selectFrom('model_pulls')
    .selectAll()
    .where('provider_id', '=', providerId)
    .where('model', '=', model)
    .where('status', '=', 'running')
    .executeTakeFirst();
}

/** Answers `undefined` when the same model is being downloaded already. */
export async function insertPull(
  db: Queryable,
  pull: Pick<PullRow, 'id' | 'provider_id' | 'requested_by' | 'model'>,
): Promise<PullRow | undefined> {
  return withModelTables(db)
    .insertInto('model_pulls')
    .values({ ...pull, detail: 'waiting' })
    .onConflict((conflict) =>
      conflict.columns(['provider_id', 'model']).where('status', '=', 'running').doNothing(),
    )
    .returningAll()
    .executeTakeFirst();
}

export async function updatePull(
  db: Queryable,
  id: string,
  changes: Updateable<ModelTables['model_pulls']>,
): Promise<PullRow | undefined> {
  return withModelTables(db)
    .updateTable('model_pulls')
    .set(changes)
    .where('id', '=', id)
    .where('status', '=', 'running')
    .returningAll()
    .executeTakeFirst();
}

export async function listRunningPullsOf(db: Queryable, providerId: string): Promise<PullRow[]> {
  return withModelTables(db)
    .selectFrom('model_pulls')
    .selectAll()
    .where('provider_id', '=', providerId)
    .where('status', '=', 'running')
    .execute();
}
