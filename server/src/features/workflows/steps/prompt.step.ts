import { Type } from 'typebox';
import { Check } from 'typebox/value';
import { ProblemError } from '../../../platform/errors.ts';
import { isSlotName, type SlotName } from '../../../platform/models/index.ts';
import {
  fitHistory,
  fitSources,
  formatSources,
  messageTokens,
  promptBudget,
  sourceRules,
} from '../../../platform/models/prompt-context.ts';
import type { SettingProblem } from '../definitions/problem-codes.ts';
import { mismatches, schemaProblems } from '../definitions/schema-subset.ts';
import type { ChosenModel, ModelMessage, StepModel, StepModels } from '../workflow-ports.ts';
import { BudgetExceeded, ConfigInvalid, OutputNotMatching, OutputUnbounded } from '../workflows.errors.ts';
import { AnswerPart } from './answer-part.ts';
import { chosenModel } from './chosen-model.ts';
import { defineStep, type StepContext, type StepOutcome } from './step-type.ts';

interface PromptConfig {
  prompt: unknown;
  system?: unknown;
  slot?: unknown;
  model?: ChosenModel;
  preferred_model?: unknown;
  history?: unknown;
  sources?: unknown;
  output_schema?: Record<string, unknown>;
  temperature?: number;
  max_output_tokens?: number;
  stream?: AnswerPart;
}

const defaultOutputTokens = 2_048;
/** No token is longer on average, whatever a server counts: a model that never stops is cut here. */
const charactersPerToken = 12;

const HistoryMessage = Type.Object({
  role: Type.Union([Type.Literal('user'), Type.Literal('assistant')]),
  content: Type.String(),
});
const History = Type.Array(HistoryMessage);
const Source = Type.Object({ document_name: Type.String(), text: Type.String() });
const Sources = Type.Array(Source);
const reference = Type.String({ minLength: 1, maxLength: 300 });

/** Asks a model; with a schema the answer is a value that meets it, or the step fails and says where it does not. */
export const promptStep = (models: StepModels) =>
  defineStep<PromptConfig>({
    type: 'prompt',
    title: 'Ask a model',
    description:
      'Asks a model. The output has text, or with output_schema the value itself. What documents and other servers said is only text to the model: it can call nothing.',
    config: Type.Object(
      {
        prompt: Type.String({ minLength: 1, maxLength: 200_000 }),
        system: Type.Optional(Type.String({ maxLength: 100_000 })),
        /** Which job it is: whose model answers. `chat` by default. */
        slot: Type.Optional(Type.String({ minLength: 1, maxLength: 300 })),
        model: Type.Optional(
          Type.Object({ provider_id: Type.String(), model: Type.String() }, { additionalProperties: false }),
        ),
        /** A person's choice for jobs that have no model of their own, such as `{{input.model}}`. */
        preferred_model: Type.Optional(reference),
        /** Earlier messages, a list of {role, content}; as many of the newest as fit. */
        history: Type.Optional(reference),
        /** Passages to answer from, a list as searches give it; the model sees them numbered from 1. */
        sources: Type.Optional(reference),
        output_schema: Type.Optional(Type.Record(Type.String(), Type.Unknown())),
        temperature: Type.Optional(Type.Number({ minimum: 0, maximum: 2 })),
        max_output_tokens: Type.Optional(Type.Integer({ minimum: 1, maximum: 100_000 })),
        stream: Type.Optional(AnswerPart),
      },
      { additionalProperties: false },
    ),
    literals: ['output_schema', 'model', 'stream'],
    check: ({ output_schema: schema, slot }) => [
      ...(schema ? schemaProblems(schema) : []).map((wrong) => ({ ...wrong, field: 'output_schema' })),
      ...(typeof slot === 'string' && !slot.includes('{{') && !isSlotName(slot)
        ? [noSlot(slot.slice(0, 60))]
        : []),
    ],
    run: (context, config) => ask(models, context, config),
  });

function noSlot(slot: string): SettingProblem {
  return {
    field: 'slot',
    detail: `There is no job "${slot}" for a model.`,
    reason: 'no_slot',
    params: { slot },
  };
}

async function ask(models: StepModels, context: StepContext, config: PromptConfig): Promise<StepOutcome> {
  const { ownerId, conversationId, choice } = context;
  const preferred = chosenModel(config.preferred_model) ?? choice?.model ?? null;
  const job = { ownerId, conversationId, slot: slotOf(config.slot), preferred };
  const model = await models.resolve(job, config.model ?? null);
  const { messages, sources } = messagesOf(config, model);
  const total = { inputTokens: 0, outputTokens: 0 };
  const first = await answer(models, context, { model, messages, config, total, call: 1 });
  const { output_schema: schema } = config;
  if (!schema) {
    const { providerKind: provider_kind, model: name, label } = first.model;
    const answered_by = { provider_kind, model: name, label };
    return { output: { text: first.text, model: label, sources, answered_by }, usage: total };
  }
  const read = readAnswer(first.text, schema);
  if (read.ok) return { output: read.value, usage: total };
  // Once: who cannot answer it after being told exactly what is wrong will not with a third try either.
  const repair: ModelMessage[] = [
    ...messages,
    { role: 'assistant', content: first.text },
    {
      role: 'user',
      content: `This does not meet the schema: ${read.problems}. Answer again with nothing but the corrected JSON.`,
    },
  ];
  const second = await answer(models, context, { model, messages: repair, config, total, call: 2 });
  const repaired = readAnswer(second.text, schema);
  if (repaired.ok) return { output: repaired.value, usage: total };
  const detail = `The answer of ${model.label} does not meet the schema, also after it was asked to correct it: ${repaired.problems}.`;
  const params = { model: model.label, problems: repaired.problems };
  throw OutputNotMatching.with({ detail, reason: 'after_repair', params });
}

function slotOf(value: unknown): SlotName {
  if (value === undefined || value === null) return 'chat';
  if (typeof value === 'string' && isSlotName(value)) return value;
  throw ConfigInvalid.with({ detail: `There is no job "${String(value).slice(0, 60)}" for a model.` });
}

/**
 * Instructions, numbered sources, as much of the conversation as fits, the prompt. The prompt is never cut; sources take at
 * most half of the window. Sources keep their numbers where one finds no room: the answer refers to them by these.
 */
function messagesOf(config: PromptConfig, model: StepModel): { messages: ModelMessage[]; sources: number[] } {
  const { system, output_schema: schema } = config;
  const prompt = asText(config.prompt);
  const instructions = [
    system === undefined ? undefined : asText(system),
    schema &&
      `Answer with one JSON value that meets this JSON schema, and with nothing else:\n${JSON.stringify(schema)}`,
  ].filter((part) => part !== undefined);
  const budget = promptBudget(model.contextTokens, config.max_output_tokens ?? defaultOutputTokens);
  const used = messageTokens(prompt) + messageTokens(instructions.join('\n\n'));
  const numbered = sourcesOf(config.sources).map((source, index) => ({ number: index + 1, source }));
  const fitting = new Set(
    fitSources(
      numbered.map(({ source }) => source),
      Math.min(budget / 2, budget - used - messageTokens(sourceRules)),
    ),
  );
  const shown = numbered.filter(({ source }) => fitting.has(source));
  if (shown.length > 0) instructions.push(sourceRules, formatSources(shown));
  const text = instructions.join('\n\n');
  const history = fitHistory(historyOf(config.history), budget - messageTokens(prompt) - messageTokens(text));
  return {
    messages: [
      ...(text === '' ? [] : [{ role: 'system' as const, content: text }]),
      ...history.map(({ role, content }) => ({ role, content })),
      { role: 'user', content: prompt },
    ],
    sources: shown.map(({ number }) => number),
  };
}

function historyOf(value: unknown): { role: 'user' | 'assistant'; content: string }[] {
  if (value === undefined || value === null) return [];
  if (Check(History, value)) return value.filter(({ content }) => content !== '');
  throw ConfigInvalid.with({ detail: '"history" is no list of messages with role and content.' });
}

function sourcesOf(value: unknown) {
  if (value === undefined || value === null) return [];
  if (!Check(Sources, value)) throw ConfigInvalid.with({ detail: '"sources" is no list of passages.' });
  return (value as Record<string, unknown>[]).map((one) => ({
    document_name: String(one.document_name),
    text: String(one.text),
    page_start: typeof one.page === 'number' ? one.page : null,
    heading_path: Array.isArray(one.heading_path) ? one.heading_path.map(String) : [],
    web: siteOf(one.web),
  }));
}

function siteOf(web: unknown): { site: string } | undefined {
  const { site } = (web ?? {}) as { site?: unknown };
  return typeof site === 'string' ? { site } : undefined;
}

function asText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

interface Call {
  model: StepModel;
  messages: ModelMessage[];
  config: PromptConfig;
  total: { inputTokens: number; outputTokens: number };
  call: number;
}

interface Answer {
  text: string;
  model: StepModel;
}

/** One whole answer, bounded by the step's limit and by what the run may still use. */
async function answer(models: StepModels, context: StepContext, request: Call): Promise<Answer> {
  const { output_schema: schema } = request.config;
  if (!schema) return answerOnce(models, context, request, undefined);
  try {
    return await answerOnce(models, context, request, schema);
  } catch (error) {
    // A server that does not take this schema as a form may still follow it as words.
    const mayBeTheForm = error instanceof ProblemError && error.code === 'models.bad_response';
    if (!mayBeTheForm || context.signal.aborted) throw error;
    return answerOnce(models, context, request, undefined);
  }
}

async function answerOnce(
  models: StepModels,
  context: StepContext,
  request: Call,
  schema: Record<string, unknown> | undefined,
): Promise<Answer> {
  const { messages, config, total } = request;
  let { model } = request;
  const estimated = messages.reduce((sum, { content }) => sum + models.estimateTokens(content), 0);
  const left = context.remainingTokens - total.inputTokens - total.outputTokens - estimated;
  if (left < 1)
    throw BudgetExceeded.with({
      detail: 'The run has used up its tokens, so the model was not asked.',
      reason: 'tokens',
    });
  const maxOutputTokens = Math.min(config.max_output_tokens ?? defaultOutputTokens, left);
  const parts = models.stream({
    model,
    messages,
    ownerId: context.ownerId,
    idempotencyKey: `${context.idempotencyKey}:${request.call}`,
    maxOutputTokens,
    temperature: config.temperature,
    schema,
    signal: context.signal,
  });
  let text = '';
  let written = 0;
  let usage: { inputTokens: number; outputTokens: number } | null = null;
  for await (const part of parts) {
    if (part.type === 'finish') {
      usage = part.usage;
      continue;
    }
    if (part.type === 'fallback') {
      model = part.model;
      continue;
    }
    written += part.text.length;
    // Leaving the loop ends the request.
    if (written > maxOutputTokens * charactersPerToken) throw OutputUnbounded.with();
    if (part.type === 'thinking') continue;
    text += part.text;
    context.emitText(part.text);
  }
  total.inputTokens += usage?.inputTokens ?? estimated;
  total.outputTokens += usage?.outputTokens ?? models.estimateTokens(text);
  return { text: text.toWellFormed().replaceAll('\0', '\ufffd'), model };
}

type Read = { ok: true; value: unknown } | { ok: false; problems: string };

/** Model output is untrusted: read as JSON and checked, never evaluated (S37). */
function readAnswer(text: string, schema: Record<string, unknown>): Read {
  const value = parseJson(text);
  if (value === undefined) return { ok: false, problems: 'it is no JSON' };
  const wrong = mismatches(schema, value);
  if (wrong.length === 0) return { ok: true, value };
  return { ok: false, problems: wrong.map(({ field, detail }) => `${field}: ${detail}`).join('; ') };
}

/** The JSON in an answer, also where the model put a fence or a sentence around it. */
function parseJson(text: string): unknown {
  const from = text.search(/[[{]/);
  const to = Math.max(text.lastIndexOf('}'), text.lastIndexOf(']'));
  for (const candidate of [text.trim(), from >= 0 && to > from ? text.slice(from, to + 1) : '']) {
    if (candidate === '') continue;
    try {
      return JSON.parse(candidate);
    } catch {
      // The next candidate; without one the answer is no JSON, which is what is reported.
    }
  }
  return undefined;
}
