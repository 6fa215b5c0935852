import { createReadStream } from 'node:fs';
import path from 'node:path';
import { listSampleIds } from '../documents.queries.ts';
import { beginUpload, type UploadDependencies } from '../upload.service.ts';

const sampleFiles = ['Welcome to your workspace.md'];

/**
 * Gives a new person the sample documents, read like any upload; a person who has some gets no more. Returns how many
 * were added.
 */
export async function addSamples(dependencies: UploadDependencies, ownerId: string): Promise<number> {
  if ((await listSampleIds(dependencies.db, ownerId)).length > 0) return 0;
  const upload = beginUpload(dependencies, ownerId);
  try {
    for (const name of sampleFiles)
      await upload.add(name, createReadStream(path.join(import.meta.dirname, name)));
    return (await upload.commit({ sample: true })).items.length;
  } finally {
    await upload.discard();
  }
}
