import { Secret } from '../../src/platform/crypto/secret.ts';
import {
  type ChatEvent,
  type ChatRequest,
  createModelGateway,
  type ModelGateway,
  type ModelLedger,
  type ProviderConnection,
  type RemoteProviderKind,
  type SlotAssignment,
  type SlotName,
} from '../../src/platform/models/index.ts';
import { createOutboundDoor } from '../../src/platform/outbound-http/index.ts';
import { defaultModels, type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';

/** A gateway on one fake server that is known as `ollama` and as `openai`. */
export interface GatewayWorld {
  peer: FakeModelServer;
  gateway: ModelGateway;
  providers: ProviderConnection[];
  assignments: Partial<Record<SlotName, SlotAssignment>>;
  /** Moves the clock of the breakers. */
  clock: { now: number };
  /** A fresh gateway that forgets every failure. */
  renew(ledger?: ModelLedger): void;
  ask(kind: RemoteProviderKind, more?: Partial<ChatRequest>, model?: string): Promise<Asked>;
  stop(): Promise<void>;
}

export interface Asked {
  text: string;
  events: ChatEvent[];
  error: { code?: string; detail?: string } | undefined;
}

export async function openGatewayWorld(): Promise<GatewayWorld> {
  const models = [
    ...defaultModels,
    {
      name: 'seer:latest',
      capabilities: ['completion' as const, 'vision' as const],
      sizeBytes: 3_000_000_000,
      contextLength: 131_072,
    },
  ];
  const peer = await startFakeModelServer({ models });
  const door = createOutboundDoor({ userAgent: 'test' });
  const provider = (kind: RemoteProviderKind): ProviderConnection => ({
    id: kind,
    kind,
    name: `My ${kind}`,
    baseUrl: kind === 'ollama' ? peer.url : `${peer.url}/v1`,
    allowLocal: true,
    enabled: true,
    apiKey: new Secret('unused'),
  });
  const clock = { now: 0 };
  const open = (ledger: ModelLedger | undefined): ModelGateway =>
    createModelGateway({
      door,
      limits: { firstTokenTimeoutMs: 120_000, idleTimeoutMs: 120_000 },
      directory: {
        findProvider: async (id) => world.providers.find((one) => one.id === id),
        listProviders: async () => world.providers,
        findAssignment: async (slot) => world.assignments[slot],
      },
      now: () => clock.now,
      ...(ledger ? { ledger } : {}),
    });
  const world: GatewayWorld = {
    peer,
    providers: [],
    assignments: {},
    clock,
    gateway: open(undefined),
    renew(ledger) {
      peer.reset();
      world.providers = [provider('ollama'), provider('openai')];
      world.assignments = {};
      world.gateway = open(ledger);
    },
    async ask(kind, more = {}, model = 'tiny-chat:latest') {
      const resolved = await world.gateway.resolve('chat', { providerId: kind, model });
      return collect(world.gateway, { ...request(resolved), ...more });
    },
    async stop() {
      await door.close();
      await peer.close();
    },
  };
  world.renew();
  return world;
}

/** A question to a model. */
export function request(model: ChatRequest['model']): ChatRequest {
  const signal = new AbortController().signal;
  return { model, messages: [{ role: 'user', content: 'hello' }], signal, idempotencyKey: 'message-1' };
}

/** Reads an answer to its end or failure. */
export async function collect(gateway: ModelGateway, asking: ChatRequest): Promise<Asked> {
  const asked: Asked = { text: '', events: [], error: undefined };
  try {
    for await (const event of gateway.streamChat(asking)) {
      asked.events.push(event);
      if (event.type === 'text') asked.text += event.text;
    }
  } catch (error) {
    asked.error = error as Asked['error'];
  }
  return asked;
}
