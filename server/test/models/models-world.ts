import { v7 as uuidv7 } from 'uuid';
import { defaultModels, type FakeModelServer, startFakeModelServer } from '../peers/fake-model-server.ts';
import { createTestApp, type TestApp, type TestPerson } from '../test-app.ts';

type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Answer {
  status: number;
  body: { code?: string; detail?: string; items: Record<string, unknown>[] } & Record<string, unknown>;
  headers: Record<string, unknown>;
}

/** The composed program with an Ollama provider that is a fake server. */
export interface ModelsWorld {
  peer: FakeModelServer;
  testApp: TestApp;
  admin: TestPerson;
  member: TestPerson;
  other: TestPerson;
  providerId: string;
  call(person: TestPerson, method: Method, url: string, payload?: object): Promise<Answer>;
  /** A conversation of somebody. */
  conversation(person: TestPerson): Promise<string>;
  stop(): Promise<void>;
}

export async function openModelsWorld(): Promise<ModelsWorld> {
  const peer = await startFakeModelServer({
    models: [
      ...defaultModels,
      {
        name: 'seer:latest',
        capabilities: ['completion', 'vision'],
        sizeBytes: 3_000_000_000,
        contextLength: 8_192,
      },
    ],
  });
  const testApp = await createTestApp();
  const [admin, member, other] = await Promise.all([
    testApp.person('admin'),
    testApp.person('user'),
    testApp.person('user'),
  ]);
  const call: ModelsWorld['call'] = async (person, method, url, payload) => {
    const response = await testApp.app.inject({
      method,
      url: `/api/v1${url}`,
      headers: person.headers,
      ...(payload ? { payload } : {}),
    });
    return { status: response.statusCode, body: response.json(), headers: response.headers };
  };
  const added = await call(admin, 'POST', '/models/providers', {
    kind: 'ollama',
    name: 'Home server',
    base_url: peer.url,
    allow_local: true,
  });
  return {
    peer,
    testApp,
    admin,
    member,
    other,
    providerId: String(added.body.id),
    call,
    async conversation(person) {
      const response = await testApp.app.inject({
        method: 'POST',
        url: '/api/v1/conversations',
        headers: { ...person.headers, 'idempotency-key': uuidv7() },
        // Its title is known, so that nobody asks a model for one.
        payload: { title: 'Of the test' },
      });
      if (response.statusCode !== 201) throw new Error(response.body);
      return (response.json() as { id: string }).id;
    },
    async stop() {
      await testApp.stop();
      await peer.close();
    },
  };
}
