import type { BaseMessage, ToolCallChunk } from '@langchain/core/messages';
import type { ChatGenerationChunk } from '@langchain/core/outputs';
import { ContextExceeded, ModelBadResponse, ModelTruncated } from './model-errors.ts';
import type {
  ChatEvent,
  ChatMessage,
  ChatRequest,
  ProviderConnection,
  SlotOptions,
  TokenUsage,
  ToolDefinition,
} from './model-types.ts';
import type { ProviderFetch } from './provider-fetch.ts';
import { ToolCallCollector } from './tool-calls.ts';

/** What a client needs to ask one model once. */
export interface ModelCall {
  provider: ProviderConnection;
  model: string;
  contextTokens: number | null;
  options: SlotOptions;
  tools: ToolDefinition[];
  format: ChatRequest['format'];
  way: ProviderFetch;
}

/**
 * The client libraries of LangChain, loaded when a model is first asked: they take longer to load than the whole
 * program to start.
 */
export async function loadLangChain(): Promise<void> {
  await Promise.all([
    import('@langchain/ollama'),
    import('@langchain/openai'),
    import('@langchain/core/messages'),
  ]);
}

/** `ChatOpenAI` wants some key; the real one is put on the request by our `fetch`, where no library sees it. */
const placeholderKey = 'unused';

/**
 * Streams one answer. Asks the clients below their callback machinery: its tracing could send conversations elsewhere
 * when certain environment variables are set, and it costs more than the rest together.
 */
export async function* streamLangChain(
  call: ModelCall,
  messages: ChatMessage[],
): AsyncGenerator<ChatEvent, void> {
  const prompt = await toLangChain(messages);
  const chunks =
    call.provider.kind === 'ollama' ? await askOllama(call, prompt) : await askOpenAi(call, prompt);
  let reason: string | undefined;
  let usage: TokenUsage | null = null;
  const toolCalls = new ToolCallCollector(call.provider);
  for await (const chunk of chunks) {
    const { message, generationInfo } = chunk;
    const thought = message.additional_kwargs.reasoning_content;
    if (typeof thought === 'string' && thought !== '') yield { type: 'thinking', text: thought };
    if (typeof message.content === 'string' && message.content !== '')
      yield { type: 'text', text: message.content };
    if ('tool_call_chunks' in message) toolCalls.add(message.tool_call_chunks as ToolCallChunk[] | undefined);
    reason = finishReason(chunk) ?? (generationInfo?.finish_reason as string | undefined) ?? reason;
    usage = usageOf(chunk) ?? usage;
  }
  const end = finish(reason, usage, call.provider.name);
  const calls = toolCalls.finish();
  if (calls.length > 0) yield { type: 'tool_calls', calls };
  yield end;
}

async function toLangChain(messages: ChatMessage[]): Promise<BaseMessage[]> {
  const { AIMessage, HumanMessage, SystemMessage, ToolMessage } = await import('@langchain/core/messages');
  return messages.map((message) => {
    const { role, content, toolCalls = [] } = message;
    if (role === 'system') return new SystemMessage(content);
    if (role === 'user') return new HumanMessage({ content: userContent(message) });
    if (role === 'tool') return new ToolMessage({ content, tool_call_id: message.toolCallId ?? '' });
    const calls = toolCalls.map(({ id, name, arguments: args }) => ({
      id,
      name,
      args,
      type: 'tool_call' as const,
    }));
    return new AIMessage({ content, tool_calls: calls });
  });
}

type ContentPart = { type: 'text'; text: string } | { type: 'image_url'; image_url: { url: string } };

/** The pictures first: some models look only at what comes before the question. */
function userContent({ content, attachments = [] }: ChatMessage): string | ContentPart[] {
  if (attachments.length === 0) return content;
  const pictures = attachments.map(({ mediaType, base64 }) => ({
    type: 'image_url' as const,
    image_url: { url: `data:${mediaType};base64,${base64}` },
  }));
  return [...pictures, { type: 'text', text: content }];
}

function toFunctions(tools: ToolDefinition[]): { type: 'function'; function: ToolDefinition }[] {
  return tools.map((tool) => ({ type: 'function', function: tool }));
}

async function askOllama(
  call: ModelCall,
  prompt: BaseMessage[],
): Promise<AsyncIterable<ChatGenerationChunk>> {
  const { ChatOllama } = await import('@langchain/ollama');
  const client = new ChatOllama({
    baseUrl: call.provider.baseUrl,
    model: call.model,
    fetch: call.way.fetch,
    maxRetries: 0,
    // Without it Ollama cuts long prompts silently to its own default.
    ...(call.contextTokens === null ? {} : { numCtx: call.contextTokens }),
    ...(call.options.temperature === undefined ? {} : { temperature: call.options.temperature }),
    ...(call.options.maxOutputTokens === undefined ? {} : { numPredict: call.options.maxOutputTokens }),
    ...(call.options.keepAlive === undefined ? {} : { keepAlive: keepAliveValue(call.options.keepAlive) }),
  });
  return client._streamResponseChunks(prompt, {
    tools: toFunctions(call.tools),
    ...(call.format ? { format: call.format.schema } : {}),
  });
}

async function askOpenAi(
  call: ModelCall,
  prompt: BaseMessage[],
): Promise<AsyncIterable<ChatGenerationChunk>> {
  const { ChatOpenAICompletions } = await import('@langchain/openai');
  const client = new ChatOpenAICompletions({
    model: call.model,
    apiKey: placeholderKey,
    maxRetries: 0,
    streamUsage: true,
    configuration: openAiConfiguration(call),
    ...(call.options.temperature === undefined ? {} : { temperature: call.options.temperature }),
    ...(call.options.maxOutputTokens === undefined ? {} : { maxTokens: call.options.maxOutputTokens }),
  });
  return client._streamResponseChunks(prompt, {
    stream_options: { include_usage: true },
    tools: toFunctions(call.tools),
    ...(call.format ? { response_format: { type: 'json_schema', json_schema: call.format } } : {}),
  });
}

/** Ollama wants bare numbers, which are seconds, as numbers. */
export function keepAliveValue(text: string): string | number {
  return /^-?\d+$/.test(text) ? Number(text) : text;
}

/** Everything that the client would otherwise read from the environment is said here. */
function openAiConfiguration(call: Pick<ModelCall, 'provider' | 'way'>): Record<string, unknown> {
  return {
    baseURL: call.provider.baseUrl,
    apiKey: placeholderKey,
    organization: null,
    project: null,
    maxRetries: 0,
    logLevel: 'off',
    fetch: call.way.fetch,
  };
}

function finishReason({ message }: ChatGenerationChunk): string | undefined {
  const { done, done_reason: reason } = message.response_metadata as { done?: boolean; done_reason?: string };
  // Servers before 0.1.30 or so say only that they are done.
  return done === true ? (reason ?? 'stop') : undefined;
}

function usageOf({ message }: ChatGenerationChunk): TokenUsage | undefined {
  const usage =
    'usage_metadata' in message
      ? (message.usage_metadata as { input_tokens: number; output_tokens: number } | undefined)
      : undefined;
  if (!usage || usage.input_tokens + usage.output_tokens === 0) return undefined;
  return { inputTokens: usage.input_tokens, outputTokens: usage.output_tokens };
}

function finish(reason: string | undefined, usage: TokenUsage | null, name: string): ChatEvent {
  if (reason === undefined)
    throw ModelTruncated.with({
      detail: `${name} ended the answer in the middle, without saying why.`,
      reason: 'provider',
      params: { provider: name },
    });
  if (reason === 'content_filter')
    throw ModelBadResponse.with({
      detail: `The content filter of ${name} ended the answer.`,
      reason: 'filtered',
      params: { provider: name },
    });
  if (reason === 'model_length')
    throw ContextExceeded.with({ detail: `The answer ran out of the room ${name} has.` });
  return { type: 'finish', reason: reason === 'length' ? 'length' : 'stop', usage };
}

/** Embeds one batch of texts. The answer is as the provider sent it: check it. */
export async function embedLangChain(
  call: Pick<ModelCall, 'provider' | 'model' | 'way'>,
  texts: string[],
): Promise<unknown> {
  const { provider, model, way } = call;
  if (provider.kind === 'ollama') {
    const { OllamaEmbeddings } = await import('@langchain/ollama');
    const client = new OllamaEmbeddings({
      baseUrl: provider.baseUrl,
      model,
      fetch: way.fetch,
      maxRetries: 0,
      // A passage a little longer than the model reads is still found by its beginning.
      truncate: true,
    });
    return client.embedDocuments(texts);
  }
  const { OpenAIEmbeddings } = await import('@langchain/openai');
  const client = new OpenAIEmbeddings({
    model,
    apiKey: placeholderKey,
    maxRetries: 0,
    batchSize: texts.length,
    stripNewLines: false,
    // Many compatible servers know no base64.
    encodingFormat: 'float',
    configuration: openAiConfiguration(call),
  });
  return client.embedDocuments(texts);
}
