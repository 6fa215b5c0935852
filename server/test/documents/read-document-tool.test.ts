import path from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { createDocumentService } from '../../src/features/documents/documents.service.ts';
import { readDocumentTool } from '../../src/features/documents/read-document.tool.ts';
import { createReadingService } from '../../src/features/documents/reading.service.ts';
import { createFileStore } from '../../src/platform/files/file-store.ts';
import type { DocumentScope } from '../../src/platform/tools/document-scope.ts';
import { createTestApp, type TestApp, type TestPerson } from '../test-app.ts';
import { multipart } from './multipart.ts';

let app: TestApp;
let ada: TestPerson;
beforeAll(async () => {
  app = await createTestApp();
  ada = await app.person();
});
afterAll(() => app.stop());

const call = async (method: 'GET' | 'POST' | 'PATCH', url: string, payload?: object | Buffer, headers = {}) =>
  (
    await app.app.inject({
      method,
      url: `/api/v1${url}`,
      headers: { ...ada.headers, ...headers },
      ...(payload ? { payload } : {}),
    })
  ).json();

async function upload(filename: string, content: string): Promise<string> {
  const { headers, payload } = multipart([{ filename, content }]);
  const { id } = (await call('POST', '/documents', payload, headers)).items[0];
  await vi.waitFor(async () => expect((await call('GET', `/documents/${id}`)).state).toBe('ready'), {
    timeout: 120_000,
    interval: 50,
  });
  return id;
}

/** Uses the tool as a chat does that may look into some documents only. */
async function read(documents: DocumentScope, input: object): Promise<string> {
  const tool = readDocumentTool({
    documents: createDocumentService(app.platform),
    reading: createReadingService({
      ...app.platform,
      files: createFileStore({ directory: path.join(app.dataDir, 'files') }),
    }),
  });
  const origin = { kind: 'conversation' as const, conversationId: ada.userId };
  const signal = new AbortController().signal;
  const context = { ownerId: ada.userId, origin, documents, idempotencyKey: 'test', signal };
  const { document_name: name } = (await tool.run(context, input as never)) as { document_name: string };
  return name;
}

it('S37: documents.read keeps to the documents that were chosen, by id and by name', async () => {
  const inside = await upload('garden-plan.md', 'Roses along the wall.');
  const outside = await upload('garden-costs.md', 'Two hundred for the roses.');
  const collection = await call('POST', '/collections', { name: 'Garden' });
  await call('PATCH', `/documents/${inside}`, { collection_id: collection.id });
  const scopes: DocumentScope[] = [
    { kind: 'collection', collection_id: collection.id },
    { kind: 'documents', document_ids: [inside] },
  ];
  for (const scope of scopes) {
    expect(await read(scope, { document_id: inside })).toBe('garden-plan.md');
    // Only one of the two that fit the name may be used, so it is the one that is meant.
    expect(await read(scope, { name: 'garden' })).toBe('garden-plan.md');
    for (const input of [{ document_id: outside }, { name: 'garden-costs.md' }])
      await expect(read(scope, input)).rejects.toMatchObject({ code: 'documents.not_found' });
  }
  await expect(read({ kind: 'none' }, { document_id: inside })).rejects.toMatchObject({
    code: 'documents.not_found',
  });
  expect(await read({ kind: 'all' }, { document_id: outside })).toBe('garden-costs.md');
});
