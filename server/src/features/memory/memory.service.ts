import { createHash } from 'node:crypto';
import { v7 as uuidv7 } from 'uuid';
import type { Database, DatabaseTransaction } from '../../platform/database/database.ts';
import { isProblem } from '../../platform/errors.ts';
import type { UserFeed } from '../../platform/events/user-feed.ts';
import { readIdCursor, toPage } from '../../platform/http/list-cursor.ts';
import type { Actor } from '../../platform/http/route.ts';
import type { ToolOrigin } from '../../platform/tools/tool.ts';
import type { ClientFacts } from '../audit/index.ts';
import type { ConsentsService } from '../privacy/index.ts';
import {
  AlreadyRemembered,
  FactNotFound,
  InvalidMemoryCursor,
  MemoryFull,
  MemoryUndoExpired,
  maxFacts,
} from './memory.errors.ts';
import * as queries from './memory.queries.ts';
import type { Fact, FactList, FactQuery, MemorySettings, SettingsBody } from './memory.schemas.ts';

const defaultLimit = 50;
const purpose = 'memory';
/** How long a deletion can be undone. */
const undoWindowMs = 10_000;

/** Names of what facts come from, for the owner; without what is gone. */
export interface SourceNames {
  conversationTitles(ownerId: string, ids: string[]): Promise<Map<string, string>>;
  workflowNames(ownerId: string, ids: string[]): Promise<Map<string, string>>;
}

export interface MemoryServiceOptions {
  db: Database;
  userFeed: UserFeed;
  clock: () => Date;
  consents: Pick<ConsentsService, 'isGranted' | 'list' | 'decide'>;
  names: SourceNames;
}

export type MemoryService = ReturnType<typeof createMemoryService>;

/** Facts about people. All of it is theirs alone: other people's ids are unknown ones (S30). */
export function createMemoryService(options: MemoryServiceOptions) {
  const { db, userFeed, clock, consents } = options;
  const announce = (ownerId: string, id: string): void => userFeed.changed(ownerId, 'memory', id);
  const get = async (ownerId: string, id: string): Promise<Fact> => {
    const row = await queries.findFact(db, ownerId, id);
    if (!row) throw FactNotFound.with();
    const [fact] = await withNames(options, ownerId, [row]);
    if (!fact) throw FactNotFound.with();
    return fact;
  };
  const store = async (ownerId: string, text: string, source: Source): Promise<string> => {
    const content = clean(text);
    const id = uuidv7();
    await db.transaction().execute(async (trx) => {
      await makeRoom(trx, ownerId, digestOf(content));
      await queries.insertFact(trx, { id, ownerId, content, digest: digestOf(content), ...source });
    });
    announce(ownerId, id);
    return id;
  };

  return {
    /** Newest first; with `q` only those that have all of its words. Throws `memory.invalid_cursor`. */
    async list(ownerId: string, { cursor, limit = defaultLimit, q = '' }: FactQuery): Promise<FactList> {
      const text = q.replaceAll('\0', '').trim();
      const page = { after: readIdCursor(cursor, InvalidMemoryCursor), limit, text };
      const { items, next_cursor } = toPage(await queries.listFacts(db, ownerId, page), limit);
      return { items: await withNames(options, ownerId, items), next_cursor };
    },

    /** What the person writes down. Throws `memory.already_remembered`, `memory.full`. */
    add: async (ownerId: string, content: string): Promise<Fact> =>
      get(ownerId, await store(ownerId, content, { source: 'person', sourceId: null, runId: null })),

    /** Throws `memory.not_found`, `memory.already_remembered`. */
    async change(ownerId: string, id: string, text: string): Promise<Fact> {
      const content = clean(text);
      const digest = digestOf(content);
      await db.transaction().execute(async (trx) => {
        await queries.lockMemory(trx, ownerId);
        const same = await queries.findSame(trx, ownerId, digest);
        if (!(await queries.findFact(trx, ownerId, id))) throw FactNotFound.with();
        if (same !== undefined && same !== id) throw AlreadyRemembered.with();
        await queries.updateFact(trx, ownerId, id, { content, digest });
      });
      announce(ownerId, id);
      return get(ownerId, id);
    },

    /** Deletes; for ten seconds `restore` brings it back, then it is erased. Throws `memory.not_found`. */
    async remove(ownerId: string, id: string): Promise<{ undo_until: string }> {
      const at = clock();
      if (!(await queries.markDeleted(db, ownerId, id, at))) throw FactNotFound.with();
      announce(ownerId, id);
      return { undo_until: new Date(at.getTime() + undoWindowMs).toISOString() };
    },

    /** Throws `memory.not_found`, `memory.undo_expired`, `memory.already_remembered`, `memory.full`. */
    async restore(ownerId: string, id: string): Promise<Fact> {
      await db.transaction().execute(async (trx) => {
        await queries.lockMemory(trx, ownerId);
        const row = await queries.findDeleted(trx, ownerId, id);
        if (!row) throw FactNotFound.with();
        if (row.deleted_at === null) return;
        if (clock().getTime() - row.deleted_at.getTime() > undoWindowMs) throw MemoryUndoExpired.with();
        await makeRoom(trx, ownerId, row.content_digest);
        await queries.clearDeletion(trx, ownerId, id);
      });
      announce(ownerId, id);
      return get(ownerId, id);
    },

    settings: (actor: Actor): Promise<MemorySettings> => settingsOf(options, actor),

    /** Records what the person agrees to. Throws `privacy.outdated_text`. */
    async changeSettings(actor: Actor, body: SettingsBody, client: ClientFacts): Promise<MemorySettings> {
      const before = await settingsOf(options, actor);
      const version = body.version ?? before.consent.version;
      if (body.enabled !== before.enabled)
        await consents.decide(actor, { purpose, granted: body.enabled, version }, client);
      announce(actor.userId, actor.userId);
      return settingsOf(options, actor);
    },

    /** For the assistant and workflows: nothing without the person's consent. */
    isAllowed: (ownerId: string): Promise<boolean> => consents.isGranted(ownerId, purpose),

    /** The same again is no mistake: the one that is remembered already is answered. Throws `memory.full`. */
    async rememberFor(
      ownerId: string,
      content: string,
      origin: ToolOrigin,
    ): Promise<{ id: string; known: boolean }> {
      try {
        return { id: await store(ownerId, content, sourceOf(origin)), known: false };
      } catch (error) {
        if (!isProblem(error, AlreadyRemembered)) throw error;
        const id = await queries.findSame(db, ownerId, digestOf(clean(content)));
        if (id === undefined) throw error;
        return { id, known: true };
      }
    },

    /** What fits best first, then the newest. */
    recallFor: (ownerId: string, text: string, limit: number) =>
      queries.rankFacts(db, ownerId, { text: text.replaceAll('\0', ''), limit }),

    /** Erases what was deleted and can no longer be brought back. */
    purge: (): Promise<void> => queries.eraseDeleted(db, new Date(clock().getTime() - undoWindowMs - 2_000)),
  };
}

type Source = Pick<queries.NewFact, 'source' | 'sourceId' | 'runId'>;

function sourceOf(origin: ToolOrigin): Source {
  return origin.kind === 'workflow'
    ? { source: 'workflow', sourceId: origin.workflowId, runId: origin.runId }
    : { source: 'assistant', sourceId: origin.conversationId, runId: null };
}

/** Throws when the same is there already, or when there is no room for more. */
async function makeRoom(trx: DatabaseTransaction, ownerId: string, digest: string): Promise<void> {
  await queries.lockMemory(trx, ownerId);
  if ((await queries.findSame(trx, ownerId, digest)) !== undefined) throw AlreadyRemembered.with();
  if ((await queries.countFacts(trx, ownerId)) >= maxFacts) throw MemoryFull.with();
}

async function settingsOf({ db, consents }: MemoryServiceOptions, actor: Actor): Promise<MemorySettings> {
  const [decisions, count] = await Promise.all([consents.list(actor), queries.countFacts(db, actor.userId)]);
  const consent = decisions.find((one) => one.purpose === purpose);
  if (!consent) throw new Error('The consent to the memory is not in the catalogue.');
  const { granted, decided_at, version, wording } = consent;
  return { enabled: granted, decided_at, count, limit: maxFacts, consent: { version, wording } };
}

/** Plain text that can be stored: without control characters, with its line breaks. */
function clean(content: string): string {
  return content
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]/gu, ' ')
    .trim();
}

function digestOf(content: string): string {
  const same = content
    .normalize('NFKC')
    .toLowerCase()
    .replace(/\s+/g, ' ')
    .replace(/[.!\s]+$/, '');
  return createHash('sha256').update(same).digest('hex');
}

async function withNames(
  { names }: MemoryServiceOptions,
  ownerId: string,
  rows: queries.FactRow[],
): Promise<Fact[]> {
  const idsOf = (source: Fact['source']): string[] => [
    ...new Set(rows.flatMap((row) => (row.source === source && row.source_id ? [row.source_id] : []))),
  ];
  const [conversations, workflows] = [idsOf('assistant'), idsOf('workflow')];
  const [titles, workflowNames] = await Promise.all([
    conversations.length > 0 ? names.conversationTitles(ownerId, conversations) : new Map<string, string>(),
    workflows.length > 0 ? names.workflowNames(ownerId, workflows) : new Map<string, string>(),
  ]);
  return rows.map(({ source_id: id, run_id, created_at, updated_at, ...row }) => ({
    ...row,
    source_ref:
      id === null
        ? null
        : row.source === 'workflow'
          ? { kind: 'workflow', id, run_id, title: workflowNames.get(id) ?? null }
          : { kind: 'conversation', id, run_id, title: titles.get(id) ?? null },
    created_at: created_at.toISOString(),
    updated_at: updated_at.toISOString(),
  }));
}
