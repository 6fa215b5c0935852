import { type Selectable, sql } from 'kysely';
import type { Database, Queryable } from '../../../platform/database/database.ts';
import { type NewEvent, type StreamEvent, StreamFenced } from '../../../platform/events/event-log.ts';
import type { Budget } from '../definitions/definition.schemas.ts';
import { buildGraph, type Graph } from '../definitions/graph.ts';
import type { Resolution } from '../steps/step-type.ts';
import type { ConversationChoice } from '../workflow-ports.ts';
import {
  type Failure,
  type TriggerKind,
  type WorkflowTables,
  withWorkflowTables,
} from '../workflows.tables.ts';
import { itemPath } from './frames.ts';
import type { Activation, Draft, RunState } from './run-state.ts';

export type EndingRun = Pick<RunTask, 'id' | 'owner_id' | 'parent_run_id' | 'parent_step' | 'trigger_kind'>;

/** What a run has to know to go on. */
export interface RunTask {
  id: string;
  workflow_id: string;
  owner_id: string;
  conversation_id: string | null;
  conversation_choice: ConversationChoice | null;
  graph: Graph;
  input: unknown;
  budget: Budget;
  depth: number;
  chain: number;
  parent_run_id: string | null;
  parent_step: number | null;
  trigger_kind: TriggerKind | null;
  segment_id: string;
  idle_starts: number;
  used_steps: number;
  used_tokens: number;
  used_ms: number;
}

/** What is needed to end a run from outside, whoever owns it. */
export async function unscopedFindEnding(db: Queryable, runId: string): Promise<EndingRun | undefined> {
  return withWorkflowTables(db)
    .selectFrom('workflow_runs')
    .select(['id', 'owner_id', 'parent_run_id', 'parent_step', 'trigger_kind'])
    .where('id', '=', runId)
    .executeTakeFirst();
}

/** A run that an attempt has taken, with everything to go on from. */
export interface TakenRun {
  task: RunTask;
  state: RunState;
  attempt: number;
  lastSeq: number;
  stopRequested: boolean;
  pauseRequested: boolean;
}

type TaskRow = Omit<RunTask, 'graph'> & { version: number };
type StepRow = Selectable<WorkflowTables['workflow_run_steps']>;

/** Takes a run for a segment, unless it rests, has ended, or is carried by a later one. */
export async function takeRun(
  db: Queryable,
  { runId, segmentId }: { runId: string; segmentId: string },
  graphOf: GraphSource,
): Promise<TakenRun | undefined> {
  const { rows } = await sql<{
    attempt: number;
    last_seq: number;
    stop_requested: boolean;
    pause_requested: boolean;
    run: TaskRow;
    steps: StepRow[];
    last_number: number;
  }>`select * from take_workflow_run(${runId}, ${segmentId})`.execute(db);
  const [row] = rows;
  if (!row) return undefined;
  const graph = await graphOf(db, row.run.workflow_id, row.run.version);
  return {
    task: { ...row.run, graph },
    state: {
      live: new Map(row.steps.map((step) => [step.number, toActivation(step)])),
      lastNumber: row.last_number,
    },
    attempt: row.attempt,
    lastSeq: row.last_seq,
    stopRequested: row.stop_requested,
    pauseRequested: row.pause_requested,
  };
}

/** Graphs of versions, which never change: a few are kept. */
export type GraphSource = (db: Queryable, workflowId: string, version: number) => Promise<Graph>;

const maxGraphs = 200;
const maxNodesKept = 2_000;

export function createGraphSource(): GraphSource {
  const known = new Map<string, Graph>();
  let nodes = 0;
  return async (db, workflowId, version) => {
    const key = `${workflowId} ${version}`;
    const before = known.get(key);
    if (before) return before;
    const row = await withWorkflowTables(db)
      .selectFrom('workflow_versions')
      .select('definition')
      .where('workflow_id', '=', workflowId)
      .where('number', '=', version)
      .executeTakeFirstOrThrow();
    const graph = buildGraph(row.definition);
    if (known.size >= maxGraphs || nodes > maxNodesKept) {
      known.clear();
      nodes = 0;
    }
    known.set(key, graph);
    nodes += graph.nodes.size;
    return graph;
  };
}

function toActivation(row: StepRow): Activation {
  return {
    number: row.number,
    nodeId: row.node_id,
    frame: row.frame,
    status: row.status as Activation['status'],
    attempt: row.attempt,
    input: row.input,
    progress: row.progress,
    waitsFor: row.waits_for,
    resolution: row.resolution,
    editedInput: row.edited_input,
  };
}

/** What has come for waiting steps since they were read. */
export async function readResolutions(
  db: Queryable,
  runId: string,
): Promise<{ number: number; resolution: Resolution }[]> {
  const rows = await withWorkflowTables(db)
    .selectFrom('workflow_run_steps')
    .select(['number', 'resolution'])
    .where('run_id', '=', runId)
    .where('status', '=', 'waiting')
    .where('resolution', 'is not', null)
    .execute();
  return rows.flatMap(({ number, resolution }) => (resolution ? [{ number, resolution }] : []));
}

/** JSON that PostgreSQL stores: without NUL and halves of surrogate pairs. */
export function toJson(value: unknown): string {
  const text = JSON.stringify(value ?? null);
  return /\\u(?:0000|d[89a-f])/i.test(text) ? JSON.stringify(JSON.parse(text, storable)) : text;
}

function storable(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed().replaceAll('\0', '\ufffd');
  if (value === null || typeof value !== 'object' || Array.isArray(value)) return value;
  return Object.fromEntries(
    Object.entries(value).map(([key, one]) => [key.toWellFormed().replaceAll('\0', '\ufffd'), one]),
  );
}

/** What a run did since it was last stored. */
export interface Turn {
  /** Rows of steps, as `store_workflow_steps` takes them. */
  steps: Record<string, unknown>[];
  events: NewEvent[];
  used: { steps: number; tokens: number; ms: number };
  /** Steps that others have ended: nobody need decide about them any more. */
  cancelled: number[];
}

/** Throws `streams.fenced`, and changes nothing, when another attempt has the run. */
export async function storeTurn(
  db: Queryable,
  runId: string,
  attempt: number,
  { steps, events, used }: Turn,
): Promise<{ events: StreamEvent[]; used: Pick<RunTask, 'used_steps' | 'used_tokens' | 'used_ms'> }> {
  const { rows } = await sql<{
    last_seq: number;
    used_steps: number;
    used_tokens: number;
    used_ms: number;
  }>`select * from store_workflow_turn(${runId}, ${attempt}, ${toJson(steps)}::jsonb, ${toJson(events)}::jsonb,
    ${used.steps}, ${used.tokens}, ${Math.round(used.ms)})`.execute(db);
  const [row] = rows;
  if (!row) throw StreamFenced.with();
  const { last_seq: lastSeq, ...sums } = row;
  return { events: numbered(events, lastSeq), used: sums };
}

/** Events under the numbers they were stored with. */
export function numbered(events: NewEvent[], lastSeq: number): StreamEvent[] {
  return events.map((event, index) => ({ seq: lastSeq - events.length + 1 + index, ...event }));
}

/** Rows of everything that a draft changed. */
export function rowsOf(draft: Draft): Record<string, unknown>[] {
  const nowMs = performance.now();
  const live = [...draft.created, ...draft.changed].flatMap((number) => draft.live.get(number) ?? []);
  return [
    ...live.map((one) => ({
      ...placeOf(one, nowMs),
      status: one.status,
      input: one.input === null ? null : { v: one.input },
      waits_for: one.waitsFor,
      wake_at: one.status === 'waiting' ? (one.waitsFor?.until ?? null) : null,
      input_tokens: 0,
      output_tokens: 0,
    })),
    ...draft.ended.map((one) => ({
      ...placeOf(one.activation, nowMs),
      status: one.status,
      input: one.input === undefined ? null : { v: one.input },
      output: one.output === undefined ? null : { v: one.output },
      port: one.port ?? null,
      error: one.error ?? null,
      input_tokens: one.usage?.inputTokens ?? 0,
      output_tokens: one.usage?.outputTokens ?? 0,
      // Never the very moment in which a run ends: by that is told what its end cut off.
      ended_ago: Math.max(1, nowMs - one.endedAtMs),
    })),
  ];
}

function placeOf(one: Activation, nowMs: number): Record<string, unknown> {
  return {
    number: one.number,
    node_id: one.nodeId,
    frame: one.frame,
    item_path: itemPath(one.frame),
    attempt: one.attempt,
    progress: one.progress,
    resolution: one.resolution,
    created_ago: one.createdAtMs === undefined ? null : nowMs - one.createdAtMs,
    started_ago: one.startedAtMs === undefined ? null : nowMs - one.startedAtMs,
  };
}

/** Nobody need decide about steps that were cancelled. Returns which approvals were withdrawn. */
export async function cancelApprovals(trx: Queryable, runId: string, steps: number[]): Promise<string[]> {
  if (steps.length === 0) return [];
  const withdrawn = await withWorkflowTables(trx)
    .updateTable('workflow_approvals')
    .set({ status: 'cancelled', decided_at: sql<Date>`now()` })
    .where('run_id', '=', runId)
    .where('step', 'in', steps)
    .where('status', '=', 'pending')
    .returning('id')
    .execute();
  return withdrawn.map(({ id }) => id);
}

/** The last outputs of named steps that a step at this place sees: its own items' and those outside of its loops. */
export async function readOutputs(
  db: Database,
  runId: string,
  frame: string,
  names: string[],
): Promise<Record<string, { output: unknown }>> {
  if (names.length === 0) return {};
  const { rows } = await sql<{ name: string; output: unknown }>`
    select n.name, s.output from unnest(${names}::text[]) as n (name)
    cross join lateral (
      select output from workflow_run_steps
      where run_id = ${runId} and node_id = n.name and ended_at is not null and output is not null
        and starts_with(${itemPath(frame)}, item_path)
      order by number desc limit 1) s`.execute(db);
  return Object.fromEntries(rows.map(({ name, output }) => [name, { output }]));
}

/** The output of the step before, in the same place. */
export async function readLastOutput(db: Database, runId: string, frame: string): Promise<unknown> {
  const row = await withWorkflowTables(db)
    .selectFrom('workflow_run_steps')
    .select('output')
    .where('run_id', '=', runId)
    .where('frame', '=', frame)
    .where('output', 'is not', null)
    .orderBy('ended_at', 'desc')
    .orderBy('number', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.output ?? null;
}

export interface CollectedOutput {
  index: number;
  node_id: string;
  output: unknown;
  error: Failure | null;
}

/** The last output of each item or branch, and how many bytes they have together; nothing is read beyond `maxBytes`. */
export async function collectOutputs(
  db: Database,
  runId: string,
  prefix: string,
  maxBytes: number,
): Promise<CollectedOutput[] | undefined> {
  const last = sql`
    select distinct on (index) index, node_id, number, output, error from (
      select split_part(substr(frame, ${prefix.length + 1}::int), '/', 1)::int as index, node_id, number, output, error, ended_at
      from workflow_run_steps
      where run_id = ${runId} and starts_with(frame, ${prefix}) and status in ('succeeded', 'failed')) s
    order by index, (error is not null and output is null) desc, ended_at desc, number desc`;
  const size = await sql<{ bytes: number }>`
    select coalesce(sum(octet_length(output::text)), 0) as bytes from (${last}) l`.execute(db);
  if (Number(size.rows[0]?.bytes ?? 0) > maxBytes) return undefined;
  const { rows } = await sql<CollectedOutput>`select index, node_id, output, error from (${last}) l`.execute(
    db,
  );
  return rows;
}

/** Under which step each branch began. */
export async function firstSteps(db: Database, runId: string, prefix: string): Promise<Map<number, string>> {
  const { rows } = await sql<{ index: number; node_id: string }>`
    select distinct on (index) index, node_id from (
      select split_part(substr(frame, ${prefix.length + 1}::int), '/', 1)::int as index, node_id, number
      from workflow_run_steps where run_id = ${runId} and starts_with(frame, ${prefix})) s
    order by index, number`.execute(db);
  return new Map(rows.map(({ index, node_id }) => [index, node_id]));
}

/** Counts what a run has used. Returns the sums. */
export async function addUsage(
  trx: Queryable,
  runId: string,
  added: { steps: number; tokens: number; ms: number },
): Promise<{ used_steps: number; used_tokens: number; used_ms: number }> {
  return withWorkflowTables(trx)
    .updateTable('workflow_runs')
    .set({
      used_steps: sql<number>`used_steps + ${added.steps}`,
      used_tokens: sql<number>`used_tokens + ${added.tokens}`,
      used_ms: sql<number>`used_ms + ${Math.round(added.ms)}`,
      ...(added.steps > 0 ? { idle_starts: 0 } : {}),
    })
    .where('id', '=', runId)
    .returning(['used_steps', 'used_tokens', 'used_ms'])
    .executeTakeFirstOrThrow();
}
