import { createReadStream } from 'node:fs';
import path from 'node:path';
import { listSamples } from '../documents.queries.ts';
import { beginUpload, type UploadDependencies } from '../upload.service.ts';

const sampleFiles = {
  en: 'Welcome to your workspace.md',
  de: 'Willkommen in Ihrem Arbeitsbereich.md',
};

/**
 * Gives a new person the sample document, read like any upload; a person who has some gets no more. Returns how many
 * were added.
 */
export async function addSamples(dependencies: UploadDependencies, ownerId: string): Promise<number> {
  if ((await listSamples(dependencies.db, ownerId)).length > 0) return 0;
  return addSample(dependencies, ownerId, sampleFiles.en);
}

/**
 * Puts the sample in the language of a locale beside those that a person still has, so that questions in that language
 * find something; who removed the samples gets none again. Returns how many were added.
 */
export async function addSampleIn(
  dependencies: UploadDependencies,
  ownerId: string,
  locale: string,
): Promise<number> {
  const file = locale.toLowerCase().split('-', 1)[0] === 'de' ? sampleFiles.de : sampleFiles.en;
  const samples = await listSamples(dependencies.db, ownerId);
  if (samples.length === 0 || samples.some(({ name }) => name === file)) return 0;
  return addSample(dependencies, ownerId, file);
}

async function addSample(dependencies: UploadDependencies, ownerId: string, name: string): Promise<number> {
  const upload = beginUpload(dependencies, ownerId);
  try {
    await upload.add(name, createReadStream(path.join(import.meta.dirname, name)));
    return (await upload.commit({ sample: true })).items.length;
  } finally {
    await upload.discard();
  }
}
