import type { KeyRing } from '../../platform/crypto/key-ring.ts';
import type { SealedColumn } from '../../platform/crypto/sealed-columns.ts';
import type { SecretBox } from '../../platform/crypto/secret-box.ts';
import type { Database } from '../../platform/database/database.ts';
import { keepAuditKeys } from '../audit/index.ts';
import { type KeyHolder, lastSigning, listLiveHolders } from './key-holders.queries.ts';
import { countByKey, listSealedByOthers, replaceSealed } from './sealed-values.queries.ts';

export interface SealedCount {
  table: string;
  column: string;
  keyId: string;
  count: number;
}

/** How far a change of the master secret is. */
export interface SecretsStatus {
  /** Ids of the configured master secrets, newest first. */
  keyIds: readonly string[];
  holders: KeyHolder[];
  sealed: SealedCount[];
  /** Why the previous secrets cannot be removed yet, a sentence each; empty when they can or there are none. */
  obstacles: string[];
}

export interface ReencryptReport {
  resealed: number;
  /** Texts that did not open: changed by somebody, or their key is gone. They were left as they are. */
  unreadable: { table: string; column: string; count: number }[];
}

export interface SecretsOptions {
  db: Database;
  keys: KeyRing;
  secretBox: SecretBox;
  sealed: SealedColumn[];
  /** How long a token lives that the previous secret signed. */
  tokenSeconds: number;
  now: () => number;
}

export interface SecretsService {
  status(): Promise<SecretsStatus>;
  /** Seals everything by the newest secret. Throws with a sentence while a running process could not read it. */
  reencrypt(): Promise<ReencryptReport>;
  /** Keeps the audit keys of the previous secrets, which may be removed then. Throws with a sentence when they may not. */
  prepareRetirement(): Promise<void>;
}

/** Rotation of the master secret: what is still bound to an older one, and how it gets away from it (A20). */
export function createSecretsService(options: SecretsOptions): SecretsService {
  const { db, keys } = options;
  const status = async (): Promise<SecretsStatus> => {
    const [holders, sealed] = await Promise.all([listLiveHolders(db), countAll(options)]);
    const obstacles = keys.ids.length < 2 ? [] : await findObstacles(options, holders, sealed);
    return { keyIds: keys.ids, holders, sealed, obstacles };
  };
  return {
    status,
    async reencrypt() {
      const unaware = findUnaware(keys, await listLiveHolders(db));
      if (unaware) throw new Error(unaware);
      keys.signWith(newestOf(keys));
      await keepAuditKeys(db, keys);
      return reseal(options);
    },
    async prepareRetirement() {
      const { obstacles } = await status();
      if (obstacles.length > 0) throw new Error(obstacles.join('\n'));
      keys.signWith(newestOf(keys));
      await keepAuditKeys(db, keys);
    },
  };
}

async function countAll({ db, sealed }: SecretsOptions): Promise<SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const column of sealed)
    for (const { keyId, count } of await countByKey(db, column))
      counts.push({ table: column.table, column: column.column, keyId, count });
  return counts;
}

async function findObstacles(
  options: SecretsOptions,
  holders: KeyHolder[],
  sealed: SealedCount[],
): Promise<string[]> {
  const { db, keys, tokenSeconds, now } = options;
  const obstacles: string[] = [];
  const unaware = findUnaware(keys, holders);
  if (unaware) obstacles.push(unaware);
  for (const { table, column, keyId, count } of sealed)
    if (keyId !== newestOf(keys))
      obstacles.push(`Sealed by ${keyId} in ${table}.${column}: ${count}. Run aiwfe secrets reencrypt.`);
  for (const id of keys.ids.slice(1)) {
    const last = await lastSigning(db, id);
    const deadAtMs = last === undefined ? 0 : last.getTime() + tokenSeconds * 1000;
    if (deadAtMs > now())
      obstacles.push(`Tokens that ${id} signed may live until ${new Date(deadAtMs).toISOString()}.`);
  }
  return obstacles;
}

function findUnaware(keys: KeyRing, holders: KeyHolder[]): string | undefined {
  const newest = newestOf(keys);
  const unaware = holders.filter((holder) => !holder.keyIds.includes(newest)).length;
  return unaware === 0
    ? undefined
    : `Running processes that do not know the newest master secret yet: ${unaware}. Restart them with it (one that was killed is forgotten after a minute).`;
}

async function reseal({ db, keys, secretBox, sealed }: SecretsOptions): Promise<ReencryptReport> {
  const report: ReencryptReport = { resealed: 0, unreadable: [] };
  for (const column of sealed) {
    let unreadable = 0;
    for (const row of await listSealedByOthers(db, column, newestOf(keys))) {
      const next = sealAnew(secretBox, row.sealed, column.context(row.names));
      if (next === undefined) unreadable += 1;
      else if (await replaceSealed(db, column, row, next)) report.resealed += 1;
    }
    if (unreadable > 0)
      report.unreadable.push({ table: column.table, column: column.column, count: unreadable });
  }
  return report;
}

function sealAnew(box: SecretBox, sealed: string, context: string): string | undefined {
  try {
    return box.seal(box.open(sealed, context), context);
  } catch {
    // Told to the operator by number: what does not open is no reason to leave the rest.
    return undefined;
  }
}

function newestOf(keys: KeyRing): string {
  return keys.ids[0] ?? '';
}
