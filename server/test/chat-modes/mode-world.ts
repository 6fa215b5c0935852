import { expect, vi } from 'vitest';
import type { ChatMode, Message, Step } from '../../src/features/conversations/index.ts';
import type { StreamEvent } from '../../src/platform/events/event-log.ts';
import { multipart } from '../documents/multipart.ts';
import type { Behaviour } from '../peers/fake-model-script.ts';
import { type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp, type TestAppOptions } from '../test-app.ts';
import { connectModel, WorkflowClient } from '../workflows/workflow-world.ts';

interface Asked {
  conversationId: string;
  generationId: string;
}

/** The composed program with a fake model server, and what tests of chat modes do with it. */
export interface ModeWorld {
  app: TestApp;
  peer: FakeModelServer;
  /** A person of their own for each test: settings do not mix. */
  client(): Promise<ModeClient>;
  stop(): Promise<void>;
}

export async function createModeWorld(
  options: TestAppOptions & { withoutModel?: boolean } = {},
): Promise<ModeWorld> {
  const peer = await startFakeModelServer();
  const app = await createTestApp(options);
  if (!options.withoutModel) await connectModel(app, peer.url);
  return {
    app,
    peer,
    client: async () => new ModeClient(app, await app.person()),
    async stop() {
      await app.stop();
      await peer.close();
    },
  };
}

export class ModeClient extends WorkflowClient {
  /** Asks in a new conversation, or in one that is there. */
  async ask(mode: ChatMode, content: string, more: object = {}, conversationId?: string): Promise<Asked> {
    const question = { content, mode, scope: { kind: 'none' }, ...more };
    if (conversationId !== undefined) {
      const { status, body } = await this.call<{ generation: { id: string } }>(
        'POST',
        `/conversations/${conversationId}/messages`,
        question,
      );
      expect(status, JSON.stringify(body)).toBe(202);
      return { conversationId, generationId: body.generation.id };
    }
    const { status, body } = await this.call<{
      conversation: { id: string };
      started: { generation: { id: string } };
    }>('POST', '/conversations/begin', question);
    expect(status, JSON.stringify(body)).toBe(201);
    return { conversationId: body.conversation.id, generationId: body.started.generation.id };
  }

  /** Every event of an answer until its end. */
  async watch(generationId: string, until?: (event: StreamEvent) => boolean): Promise<StreamEvent[]> {
    const seen: StreamEvent[] = [];
    const patience = AbortSignal.timeout(120_000);
    for await (const events of this.app.platform.eventLog.follow(generationId, 0, patience)) {
      for (const event of events) {
        seen.push(event);
        if (until?.(event)) return seen;
      }
    }
    if (seen.at(-1)?.type !== 'end')
      throw new Error(`The answer did not end: ${JSON.stringify(seen.slice(-5))}`);
    return seen;
  }

  /** Asks and waits for the end. The text that a viewer has then is the stored one. */
  async answer(
    mode: ChatMode,
    content: string,
    more: object = {},
    conversationId?: string,
  ): Promise<Asked & { message: Message; events: StreamEvent[] }> {
    const asked = await this.ask(mode, content, more, conversationId);
    return { ...asked, ...(await this.end(asked)) };
  }

  async end({ conversationId, generationId }: Asked): Promise<{ message: Message; events: StreamEvent[] }> {
    const events = await this.watch(generationId);
    const message = await this.lastMessage(conversationId);
    expect(shown(events)).toBe(message.content);
    expect(shownSteps(events)).toEqual(message.steps.map((step) => [step.id, step.text]));
    return { message, events };
  }

  async lastMessage(conversationId: string): Promise<Message> {
    const { body } = await this.call<{ items: Message[] }>(
      'GET',
      `/conversations/${conversationId}/messages`,
    );
    const last = body.items.at(-1);
    if (!last) throw new Error('There is no message.');
    return last;
  }

  async upload(filename: string, content: string): Promise<string> {
    const { headers, payload } = multipart([{ filename, content }]);
    const answer = await this.app.app.inject({
      method: 'POST',
      url: '/api/v1/documents',
      headers: { ...this.person.headers, ...headers },
      payload,
    });
    const { id } = answer.json().items[0];
    await vi.waitFor(
      async () => expect((await this.call('GET', `/documents/${id}`)).body).toMatchObject({ state: 'ready' }),
      { timeout: 120_000, interval: 50 },
    );
    return id;
  }
}

/** The text that a viewer shows after these events. */
export function shown(events: StreamEvent[]): string {
  let text = '';
  for (const { type, data } of events) {
    const said = (data as { text?: string }).text ?? '';
    if (type === 'restarted') text = '';
    else if (type === 'rewound') text = said;
    else if (type === 'delta') text += said;
  }
  return text;
}

function shownSteps(events: StreamEvent[]): [string, string | null][] {
  let steps = new Map<string, string | null>();
  for (const { type, data } of events) {
    if (type === 'restarted') steps = new Map();
    const step = data as Step;
    if (type === 'step') steps.set(step.id, step.text);
    if (type === 'step_text') steps.set(step.id, (steps.get(step.id) ?? '') + (step.text ?? ''));
  }
  return [...steps];
}

/** What a step of a mode is told, as the peer recognises it. */
export const told = {
  assess: 'You judge a question before it is answered',
  plan: 'You plan how to answer a question',
  choose: 'You choose the next tool for a task',
  reflect: 'You judge whether what is known is enough',
  write: 'Results of tools stand between',
  brief: 'You are a project manager',
  expert: 'You are one of several experts',
  summary: 'Experts have worked on the question',
  revision: 'A check of a first answer found',
  quality: 'You check an answer before it is given',
  format: 'You bring a text into the form',
  look: 'You prepare a Socratic conversation',
  lead: 'You lead people to their own answer',
  tell: 'now wants the answer itself',
  quick: 'Answer at once, in at most three sentences',
  compare: 'You compare a short answer',
  amend: 'The person already has a short answer. Write',
} as const;

/** Lets the peer answer a step of a mode; values as JSON. */
export function say(
  peer: FakeModelServer,
  step: keyof typeof told,
  answer: string | object,
  more: Behaviour = {},
): void {
  const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
  peer.script({ path: '/api/chat', mentions: told[step], answer: text, ...more });
}

/** The kinds of steps under an answer, each with how it ended. */
export function stepsOf(message: Message): string[] {
  return message.steps.map(({ kind, state }) => (state === 'done' ? kind : `${kind}:${state}`));
}
