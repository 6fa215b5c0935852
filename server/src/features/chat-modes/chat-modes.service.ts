import type { Database } from '../../platform/database/database.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import type { AuditTrail, ClientFacts } from '../audit/index.ts';
import type { BuiltinWorkflows, ChatWorkflow, ChatWorkflows, Definition } from '../workflows/index.ts';
import { ChatModeNotFound, ExpertNotFound, ExpertPromptEmpty, ToolNotFound } from './chat-modes.errors.ts';
import {
  changeExpert,
  type ExpertRow,
  listExperts,
  listPermissions,
  storePermission,
} from './chat-modes.queries.ts';
import type { ExpertChange, ExpertView, ModeView, ToolChange, ToolView } from './chat-modes.schemas.ts';
import type { ToolPermission } from './chat-modes.tables.ts';
import { type ExpertId, expertIds, experts, isExpertId } from './experts.ts';
import type { ModeSettings } from './modes/mode.ts';
import { type ModeDescription, modes } from './modes/modes.ts';
import { workflowModes } from './modes/workflow-modes.ts';

export interface ChatModeParts {
  db: Database;
  audit: Pick<AuditTrail, 'record'>;
  builtins: BuiltinWorkflows;
  chatWorkflows: ChatWorkflows;
  tools: readonly WorkflowTool[];
  /** Whether a model is there to answer somebody. */
  hasModel(userId: string): Promise<boolean>;
  isWebSearchOn(): Promise<boolean>;
}

export type ChatModeService = ReturnType<typeof createChatModeService>;

const withoutModel = 'No model is connected: the steps of this workflow that ask one fail.';
const withoutWeb = 'Web search is off: only your documents are looked into.';

/** Chat modes as people see and set them. Settings are the person's own; there is no way to somebody else's (S30). */
export function createChatModeService(parts: ChatModeParts) {
  const { db, tools } = parts;

  const viewExperts = async (ownerId: string): Promise<ExpertView[]> => {
    const rows = new Map((await listExperts(db, ownerId)).map((row) => [row.expert, row]));
    return expertIds.map((id) => viewExpert(id, rows.get(id)));
  };
  const viewTools = async (ownerId: string): Promise<ToolView[]> => {
    const permissions = await listPermissions(db, ownerId);
    return tools.map((tool) => viewTool(tool, permissions.get(tool.name)));
  };

  const readSettings = async (ownerId: string): Promise<ModeSettings> => {
    const [rows, permissions] = await Promise.all([viewExperts(ownerId), listPermissions(db, ownerId)]);
    return {
      experts: rows.map(({ id, enabled, prompt }) => ({ id: id as ExpertId, enabled, prompt })),
      tools: tools.map((tool) => ({
        tool,
        permission: permissions.get(tool.name) ?? defaultPermission(tool),
      })),
    };
  };
  const definition = async (ownerId: string, id: string): Promise<Definition> => {
    const mode = workflowModes.get(id);
    if (!mode) throw ChatModeNotFound.with();
    return mode.build(await readSettings(ownerId));
  };

  return {
    /** The workflow that a mode runs for a person, by what they have set. Throws `chat_modes.not_found`. */
    definition,

    /** The person's built-in workflow of a mode, as their settings are now. Returns its id. Throws `chat_modes.not_found`. */
    async syncWorkflow(ownerId: string, id: string): Promise<string> {
      const described = modes.find((mode) => mode.id === id);
      const drawn = await definition(ownerId, id);
      const { title: name = id, about: description = '' } = described ?? {};
      return parts.builtins.sync(ownerId, { builtin: id, name, description, definition: drawn });
    },

    async list(ownerId: string): Promise<ModeView[]> {
      const [hasModel, hasWeb, ids, own] = await Promise.all([
        parts.hasModel(ownerId),
        parts.isWebSearchOn(),
        parts.builtins.ids(ownerId),
        parts.chatWorkflows.list(ownerId),
      ]);
      const builtin = modes.map((mode) => ({
        id: mode.id,
        title: mode.title,
        about: mode.about,
        available: hasModel || mode.id === 'simple',
        ...limitsOf(mode, hasModel, hasWeb),
        workflow_id: ids.get(mode.id) ?? null,
      }));
      return [...builtin, ...own.map((workflow) => viewOwn(workflow, hasModel))];
    },

    listExperts: viewExperts,

    /** Throws `chat_modes.expert_not_found`, `chat_modes.expert_prompt_empty`. */
    async changeExpert(ownerId: string, id: string, change: ExpertChange): Promise<ExpertView> {
      if (!isExpertId(id)) throw ExpertNotFound.with();
      const prompt = typeof change.prompt === 'string' ? usablePrompt(change.prompt) : change.prompt;
      if (change.enabled !== undefined || prompt !== undefined)
        await changeExpert(db, ownerId, id, { enabled: change.enabled, prompt });
      const rows = await listExperts(db, ownerId);
      return viewExpert(
        id,
        rows.find((row) => row.expert === id),
      );
    },

    listTools: viewTools,

    /** What a tool may do without being asked about is evidence. Throws `chat_modes.tool_not_found`. */
    async changeTool(
      actor: { userId: string; sessionId: string },
      name: string,
      { permission }: ToolChange,
      client: ClientFacts,
    ): Promise<ToolView> {
      const tool = tools.find((one) => one.name === name);
      if (!tool) throw ToolNotFound.with();
      await db.transaction().execute(async (trx) => {
        const before = (await listPermissions(trx, actor.userId)).get(name) ?? defaultPermission(tool);
        await storePermission(trx, actor.userId, name, permission);
        if (before !== permission)
          await parts.audit.record(trx, {
            action: 'chat_modes.tool_permission_changed',
            outcome: 'success',
            actorId: actor.userId,
            subjectId: actor.userId,
            sessionId: actor.sessionId,
            details: { tool: name, from: before, to: permission },
            personal: client,
          });
      });
      return viewTool(tool, permission);
    },
  };
}

type Limits = Pick<ModeView, 'limits' | 'limits_code'>;

const unlimited: Limits = { limits: null, limits_code: null };

function viewOwn({ id, name, description, asksModel }: ChatWorkflow, hasModel: boolean): ModeView {
  const available = hasModel || !asksModel;
  const shown = { id: `workflow:${id}` as const, title: name, about: description, workflow_id: id };
  return {
    ...shown,
    available,
    ...(available ? unlimited : { limits: withoutModel, limits_code: 'no_model' }),
  };
}

function limitsOf({ withoutModel, usesWeb }: ModeDescription, hasModel: boolean, hasWeb: boolean): Limits {
  if (!hasModel) return { limits: withoutModel, limits_code: 'no_model' };
  return usesWeb && !hasWeb ? { limits: withoutWeb, limits_code: 'no_web' } : unlimited;
}

function viewExpert(id: ExpertId, row: ExpertRow | undefined): ExpertView {
  const { title, about, slot, prompt } = experts[id];
  return {
    ...{ id, title, about, slot },
    enabled: row?.enabled ?? true,
    prompt: row?.prompt ?? prompt,
    default_prompt: prompt,
    customised: row?.prompt != null,
  };
}

function viewTool(tool: WorkflowTool, permission: ToolPermission | undefined): ToolView {
  const { name, title, description, writes } = tool;
  return { name, title, description, writes, permission: permission ?? defaultPermission(tool) };
}

/** Reading is allowed; what writes or sends is asked about (S37), also where a workflow that people drew may just do it. */
function defaultPermission({ writes, needsApproval = false }: WorkflowTool): ToolPermission {
  return writes || needsApproval ? 'ask' : 'allow';
}

/** Text that can be stored and says something. */
function usablePrompt(prompt: string): string {
  const text = prompt.toWellFormed().replaceAll('\0', '').trim();
  if (text === '') throw ExpertPromptEmpty.with({ errors: [{ field: 'prompt', detail: 'is empty' }] });
  return text;
}
