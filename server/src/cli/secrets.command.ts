import { loadConfig } from '../config.ts';
import type { SecretsService, SecretsStatus } from '../features/secrets/index.ts';
import { addToSecretFile, keepNewestSecret, readSecretFile } from '../platform/crypto/secret-file.ts';
import { CommandFailure } from './failure.ts';
import { withApplication } from './operator.ts';
import { masterSecretFile, say } from './runtime.ts';

const usage = 'Usage: aiwfe secrets status|rotate|reencrypt|retire';

/** `aiwfe secrets …`: changes the master secret while people stay signed in; answers the exit status. */
export async function secrets(parameters: string[]): Promise<number> {
  const [verb, ...rest] = parameters;
  if (rest.length > 0) throw new CommandFailure(usage, { exitStatus: 2 });
  switch (verb) {
    case 'status':
      return status();
    case 'rotate':
      return rotate();
    case 'reencrypt':
      return reencrypt();
    case 'retire':
      return retire();
    default:
      throw new CommandFailure(usage, { exitStatus: 2 });
  }
}

async function status(): Promise<number> {
  const found = await withSecrets((service) => service.status());
  describeStatus(found).forEach(say);
  return 0;
}

function describeStatus({ keyIds, holders, sealed, obstacles }: SecretsStatus): string[] {
  const [newest, ...previous] = keyIds;
  const processes = holders.map((holder) => `Running process: knows ${holder.keyIds.join(', ')}`);
  const values = sealed.map(
    (part) => `Sealed by ${part.keyId}: ${part.count} in ${part.table}.${part.column}`,
  );
  const verdict =
    previous.length === 0
      ? ['There is no previous secret.']
      : obstacles.length === 0
        ? [`The previous secret (${previous.join(', ')}) may be removed: aiwfe secrets retire`]
        : [
            `The previous secret (${previous.join(', ')}) is still needed:`,
            ...obstacles.map((o) => `  ${o}`),
          ];
  return [`Master secret: ${newest}`, ...processes, ...values, ...verdict];
}

async function rotate(): Promise<number> {
  const config = loadConfig();
  if (config.database.mode === 'url' || config.masterSecrets.length > 0) {
    rotationByHand.forEach(say);
    return 0;
  }
  const file = masterSecretFile(config);
  const known = await readSecretFile(file);
  if (known.length === 0)
    throw new CommandFailure(`There is no secret to rotate yet: ${file} is made at the first start.`);
  if (known.length > 1)
    throw new CommandFailure(
      'A rotation is under way. End it first: aiwfe secrets status says what is missing.',
    );
  await addToSecretFile(file);
  say(`${file} holds a new master secret now, and the previous one after it. Copy it to your backup.`);
  say('1. Restart the server: people stay signed in, both secrets are accepted, the new one signs.');
  say('2. aiwfe secrets reencrypt   (seals what is stored by the new one)');
  say('3. aiwfe secrets retire      (removes the previous one, when nothing needs it any more)');
  return 0;
}

const rotationByHand = [
  'SECRET_KEY comes from the environment, so you change it yourself. Nobody is signed out by this:',
  '1. Make a secret: openssl rand -hex 32',
  '2. Give every process SECRET_KEY=<the new one> and SECRET_KEY_PREVIOUS=<the one of now> (or the same names with _FILE)',
  '   and restart them one after another. The new one signs as soon as the last process knows it.',
  '3. aiwfe secrets reencrypt   (with both settings: seals what is stored by the new one)',
  '4. aiwfe secrets status      (says when nothing needs the previous one any more)',
  '5. aiwfe secrets retire      (with both settings: keeps old audit events verifiable)',
  '6. Remove SECRET_KEY_PREVIOUS everywhere and restart.',
];

async function reencrypt(): Promise<number> {
  const report = await withSecrets((service) => service.reencrypt());
  say(`${report.resealed} stored secrets are sealed by the newest master secret now.`);
  for (const { table, column, count } of report.unreadable)
    say(`${count} in ${table}.${column} could not be opened and stay as they are: enter them anew.`);
  return report.unreadable.length === 0 ? 0 : 1;
}

async function retire(): Promise<number> {
  const file = await withApplication(async ({ secrets: service, platform, secretFile }) => {
    if (platform.keys.ids.length < 2) throw new CommandFailure('There is no previous secret to retire.');
    await service.prepareRetirement();
    return secretFile;
  });
  if (file === undefined) {
    say('Nothing needs the previous secret any more. Remove SECRET_KEY_PREVIOUS everywhere and restart.');
    return 0;
  }
  await keepNewestSecret(file);
  say(`${file} holds the newest secret only. The running server forgets the previous one at its next start.`);
  return 0;
}

function withSecrets<T>(action: (service: SecretsService) => Promise<T>): Promise<T> {
  return withApplication(({ secrets: service }) => action(service));
}
