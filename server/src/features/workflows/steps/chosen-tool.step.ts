import { Type } from 'typebox';
import { Check, Errors } from 'typebox/value';
import { ProblemError } from '../../../platform/errors.ts';
import { DocumentScopeSchema } from '../../../platform/tools/document-scope.ts';
import type { ToolContext, WorkflowTool } from '../../../platform/tools/tool.ts';
import type { FoundPassage, PassageSource } from '../workflow-ports.ts';
import { chosenDocuments } from './chosen-documents.ts';
import { defineStep, type StepOutcome } from './step-type.ts';
import { noTool } from './tool.step.ts';
import { passagesIn } from './tool-passages.ts';

interface ChosenToolConfig {
  choice: unknown;
  allowed: string[];
  unattended?: string[];
  attended?: string[];
  only_if?: Record<string, unknown>;
  scope?: unknown;
  expires_in_seconds?: number;
}

/** What a tool brought, or why it was not used: a model reads both as data and goes on. */
export interface ToolReport {
  tool: string | null;
  ok: boolean;
  /** For a model and a person: the result in short, or what went wrong. */
  text: string;
  result: unknown;
  passages: FoundPassage[];
  refused: 'not_allowed' | 'input' | 'rejected' | 'expired' | null;
}

const maxTextCharacters = 6_000;
const names = Type.Array(Type.String({ minLength: 1, maxLength: 100 }), { maxItems: 200 });

/**
 * Uses the tool that a model chose. The model's words pick among what the workflow allows and never add to it (S37): what
 * is not in `allowed` is refused, what writes is asked about unless it is in `unattended`.
 */
export function chosenToolStep(
  tools: readonly WorkflowTool[],
  passages: Pick<PassageSource, 'documentsInBoth'>,
  clock: () => Date,
) {
  const byName = new Map(tools.map((tool) => [tool.name, tool]));

  /** What would be used; a report where it cannot be. */
  const decide = (config: ChosenToolConfig): { tool: WorkflowTool; input: object } | ToolReport => {
    const { tool: name, input } = choiceOf(config.choice);
    const tool = name !== undefined && isAllowed(config, name) ? byName.get(name) : undefined;
    if (!tool) {
      const usable = config.allowed.filter((one) => byName.has(one) && isAllowed(config, one));
      const text = `There is no tool "${(name ?? '').slice(0, 60)}" here. Usable: ${usable.join(', ') || 'none'}.`;
      return refusal(name ?? null, 'not_allowed', text);
    }
    if (Check(tool.input, input)) return { tool, input };
    return refusal(tool.name, 'input', `${tool.name} does not take this input: ${faultsOf(tool, input)}`);
  };

  return defineStep<ChosenToolConfig>({
    type: 'chosen_tool',
    title: 'Use a tool that a model chose',
    description:
      'Uses the tool named in the choice {tool, input} that a model made, with your own rights and only if it is in "allowed". Tools that write wait for an approval unless they are in "unattended"; those in "attended" always wait. A refusal or a wrong input is data for the model, no failure. The output has tool, ok, text, result and passages.',
    config: Type.Object(
      {
        choice: Type.Union([
          Type.String({ minLength: 1, maxLength: 300 }),
          Type.Record(Type.String(), Type.Unknown()),
        ]),
        allowed: names,
        unattended: Type.Optional(names),
        attended: Type.Optional(names),
        /** A tool named here is only allowed while its value is true. */
        only_if: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        /** Documents that the tool may look into, such as `{{input.scope}}`. */
        scope: Type.Optional(Type.String({ maxLength: 300 })),
        expires_in_seconds: Type.Optional(Type.Number({ minimum: 1, maximum: 400 * 86_400 })),
      },
      { additionalProperties: false },
    ),
    literals: ['allowed', 'unattended', 'attended', 'expires_in_seconds'],
    check: ({ allowed }) =>
      allowed.filter((name) => !byName.has(name)).map((name) => noTool('allowed', name)),
    writes(config) {
      const chosen = decide(config);
      return 'input' in chosen && chosen.tool.writes;
    },
    asks(config) {
      const chosen = decide(config);
      if (!('input' in chosen)) return false;
      const { name, writes, needsApproval = writes } = chosen.tool;
      if (config.attended?.includes(name)) return true;
      return needsApproval && !config.unattended?.includes(name);
    },
    question(config) {
      const chosen = decide(config);
      if (!('input' in chosen)) return {};
      const { name, title, description } = chosen.tool;
      const { expires_in_seconds: seconds } = config;
      return {
        title,
        detail: `${description} It is used with exactly this input once you approve.`,
        data: { tool: name, input: chosen.input },
        ...(seconds === undefined ? {} : { expiresAt: new Date(clock().getTime() + seconds * 1_000) }),
      };
    },
    refused(config, decision) {
      const text =
        decision === 'expired'
          ? 'Nobody approved it in time, so the tool was not used. Do not try it again; tell the person.'
          : 'The person did not approve it, so the tool was not used. Do not try it again; tell the person.';
      return { output: refusal(choiceOf(config.choice).tool ?? null, decision, text) };
    },
    async run(context, config): Promise<StepOutcome> {
      const chosen = decide(config);
      if (!('input' in chosen)) return { output: chosen };
      const { ownerId, workflowId, runId, conversationId, choice, effectKey, signal } = context;
      const origin: ToolContext['origin'] =
        conversationId === null
          ? { kind: 'workflow', workflowId, runId }
          : { kind: 'conversation', conversationId };
      const named = Check(DocumentScopeSchema, config.scope) ? config.scope : undefined;
      const limits = {
        ...(named || choice ? { documents: await chosenDocuments(passages, context, named) } : {}),
        ...(choice ? { web: choice.web_search } : {}),
      };
      const using = { ownerId, origin, idempotencyKey: effectKey, signal, ...limits };
      return { output: await useTool(chosen.tool, using, chosen.input) };
    },
  });
}

async function useTool(tool: WorkflowTool, context: ToolContext, input: object): Promise<ToolReport> {
  try {
    const result = (await tool.run(context, input as never)) ?? null;
    const passages = passagesIn(result);
    const text = passages.length > 0 ? passages.map(shortly).join('\n') : JSON.stringify(result);
    return { tool: tool.name, ok: true, text: cut(text), result, passages, refused: null };
  } catch (error) {
    // What a tool declares is told to the model; everything else fails the step.
    if (!(error instanceof ProblemError) || context.signal.aborted) throw error;
    return { tool: tool.name, ok: false, text: cut(error.detail), result: null, passages: [], refused: null };
  }
}

function isAllowed({ allowed, only_if: conditions = {} }: ChosenToolConfig, name: string): boolean {
  return allowed.includes(name) && (!Object.hasOwn(conditions, name) || conditions[name] === true);
}

/** Model output is untrusted: read, never evaluated. */
function choiceOf(value: unknown): { tool: string | undefined; input: object } {
  const { tool, input } = (value !== null && typeof value === 'object' ? value : {}) as Record<
    string,
    unknown
  >;
  return {
    tool: typeof tool === 'string' ? tool : undefined,
    input: input !== null && typeof input === 'object' ? input : {},
  };
}

function refusal(tool: string | null, refused: ToolReport['refused'], text: string): ToolReport {
  return { tool, ok: false, text: cut(text), result: null, passages: [], refused };
}

function faultsOf(tool: WorkflowTool, input: object): string {
  const faults = Errors(tool.input, input)
    .filter((fault) => fault.keyword !== 'boolean')
    .slice(0, 5);
  return faults
    .map((fault) => {
      const { requiredProperties, additionalProperties } = fault.params as Record<
        string,
        string[] | undefined
      >;
      const named = requiredProperties ?? additionalProperties;
      return `${fault.instancePath.slice(1) || 'input'} ${fault.message}${named ? ` (${named.join(', ')})` : ''}`;
    })
    .join('; ');
}

function shortly({ document_name: name, page, text }: FoundPassage): string {
  return `${name}${page === null ? '' : `, page ${page}`}: ${text.replace(/\s+/g, ' ')}`;
}

function cut(text: string): string {
  return text.length <= maxTextCharacters ? text : `${text.slice(0, maxTextCharacters).toWellFormed()} […]`;
}
