/** What the fake peer does with requests that match; later scripts win over earlier ones. */
export interface Behaviour {
  /** Only requests for this model. */
  model?: string;
  /** Only requests whose messages contain this text. */
  mentions?: string;
  /** Only requests to this path, such as `/api/chat`. */
  path?: string;
  /** Only the next N matching requests; without it, all of them. */
  times?: number;

  /** Answer this status instead of the real thing. */
  status?: number;
  errorMessage?: string;
  retryAfterSeconds?: number;
  /** Close the connection without an answer. */
  dropConnection?: boolean;
  /** Send a redirect to this address. */
  redirectTo?: string;
  /** Milliseconds before the status line. */
  responseDelayMs?: number;
  /** Milliseconds between the status line and the first token. */
  firstTokenDelayMs?: number;

  /** Number of numbered words in the answer. */
  tokens?: number;
  /** Milliseconds between tokens; without it, as fast as the connection takes them. */
  tokenDelayMs?: number;
  /** Give the event loop a turn after each token, so that each travels in its own packet. */
  flushEachToken?: boolean;
  /** The answer itself, whole or in pieces. */
  answer?: string | string[];
  /** Answer with the last user message. */
  echo?: boolean;
  /** Answer with a quotation of each source `[n]` in the prompt: verbatim, or altered. */
  quoteSources?: 'right' | 'wrong';
  thinking?: string;
  toolCalls?: { name: string; arguments: Record<string, unknown> }[];
  omitToolIds?: boolean;

  /** After that many tokens: say nothing more and keep the connection open. */
  stallAfter?: number;
  /** After that many tokens: the error line of the protocol, under status 200. */
  errorAfter?: number;
  /** After that many tokens: end the answer properly, but without a finish reason. */
  truncateAfter?: number;
  /** After that many tokens: cut the connection. */
  dropAfter?: number;
  /** After that many tokens: a line that is no JSON. */
  malformedAfter?: number;
  /** After that many tokens: wait until told to go on (`release()` or `POST /__release`). */
  gateAfter?: number;

  finishReason?: 'stop' | 'length' | 'content_filter';
  /** OpenAI: where the usage rides. */
  usage?: 'own-chunk' | 'finish-chunk' | 'none';
  /** OpenAI: no chunk carries a role. */
  omitRole?: boolean;
}

export interface ChatMessage {
  role: string;
  content: string;
}

/** The words "w0001 w0002 …": a test can see at a glance that none is lost and none doubled. */
export function numberedWords(count: number): string[] {
  return Array.from({ length: count }, (_, index) => `w${String(index + 1).padStart(4, '0')} `);
}

/** The pieces of text that an answer consists of, by what the script says. */
export function answerPieces(behaviour: Behaviour, messages: ChatMessage[]): string[] {
  if (Array.isArray(behaviour.answer)) return behaviour.answer;
  if (behaviour.answer !== undefined) return pieces(behaviour.answer);
  if (behaviour.echo) return pieces(messages.findLast((message) => message.role === 'user')?.content ?? '');
  if (behaviour.quoteSources) return pieces(quoteSources(messages, behaviour.quoteSources));
  return numberedWords(behaviour.tokens ?? 20);
}

function pieces(text: string): string[] {
  return text.match(/\S+\s*|\s+/g) ?? [];
}

/** Finds the sources in a prompt, written as lines that begin with `[1]` or as `<source id="1">` elements. */
export function sourcesIn(messages: ChatMessage[]): { number: string; text: string }[] {
  const prompt = messages.map((message) => message.content).join('\n\n');
  const elements = [...prompt.matchAll(/<source\b[^>]*?"(\d+)"[^>]*>([\s\S]*?)<\/source>/g)];
  const found =
    elements.length > 0
      ? elements
      : [...prompt.matchAll(/^[ \t]*\[(\d+)\]([\s\S]*?)(?=^[ \t]*\[\d+\]|\n[ \t]*\n[ \t]*\n|(?![\s\S]))/gm)];
  return found.map((match) => ({ number: match[1] ?? '', text: (match[2] ?? '').trim() }));
}

function quoteSources(messages: ChatMessage[], kind: 'right' | 'wrong'): string {
  const sentences = sourcesIn(messages).map(({ number, text }) => {
    const quote =
      kind === 'right' ? longestSentence(text) : `${longestSentence(text)} and nothing of this is true`;
    return `The source says "${quote}" [${number}].`;
  });
  return sentences.length > 0 ? sentences.join(' ') : 'No source was given.';
}

function longestSentence(text: string): string {
  const sentences = text.split(/(?<=[.!?])\s+|\n+/).map((sentence) => sentence.trim());
  return sentences.reduce((longest, sentence) => (sentence.length > longest.length ? sentence : longest), '');
}

/** Hashing-trick embedding of words and their letter triples: the same text always the same, similar texts near. */
export function embedText(text: string, dimensions: number): number[] {
  const vector = new Array<number>(dimensions).fill(0);
  for (const word of text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? []) {
    addFeature(vector, `w:${word}`, 1);
    for (let at = 0; at + 3 <= word.length; at += 1) addFeature(vector, `t:${word.slice(at, at + 3)}`, 0.3);
  }
  const length = Math.hypot(...vector);
  return length === 0 ? vector : vector.map((value) => value / length);
}

function addFeature(vector: number[], feature: string, weight: number): void {
  let hash = 0x811c9dc5;
  for (let at = 0; at < feature.length; at += 1) hash = Math.imul(hash ^ feature.charCodeAt(at), 0x01000193);
  const index = (hash >>> 1) % vector.length;
  vector[index] = (vector[index] ?? 0) + (hash & 1 ? weight : -weight);
}
