import { networkInterfaces } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { type Config, loadConfig } from '../config.ts';
import {
  inspectCertificates,
  loadAuthorityTools,
  readKeyedCertificate,
  writeFileWithMode,
  writeKeyedCertificate,
} from '../features/client-certificates/index.ts';
import { CommandFailure } from './failure.ts';
import { withOperator } from './operator.ts';
import { ensureDataFolder, say } from './runtime.ts';
import { readLineFromStdin } from './standard-input.ts';

const usage = `Usage:
  aiwfe certs init [--host NAME]...    Make the certificate authority and the server's certificate.
  aiwfe certs renew [--host NAME]...   Make a new certificate for the server.
  aiwfe certs client --email E --name N --out FILE.p12 --password-stdin
                                       Make a certificate for a person's device.
  aiwfe certs status                   Check what is there.`;

const options = {
  host: { type: 'string', multiple: true },
  email: { type: 'string' },
  name: { type: 'string' },
  out: { type: 'string' },
  'password-stdin': { type: 'boolean' },
} as const;
type Values = ReturnType<typeof parse>['values'];

const parse = (parameters: string[]) => parseArgs({ args: parameters, options, strict: true });

/** `aiwfe certs …`: the certificates of this installation (incident I9). Answers the exit status. */
export async function certs([action = '', ...rest]: string[]): Promise<number> {
  const actions: Record<string, (config: Config, values: Values) => Promise<number>> = {
    init,
    renew,
    client,
    status,
  };
  const run = Object.hasOwn(actions, action) ? actions[action] : undefined;
  if (!run) throw new CommandFailure(usage, { exitStatus: 2 });
  let values: Values;
  try {
    ({ values } = parse(rest));
  } catch (error) {
    throw new CommandFailure(`${(error as Error).message}\n${usage}`, { exitStatus: 2 });
  }
  const config = loadConfig();
  await ensureDataFolder(config.dataDir);
  return run(config, values);
}

async function init(config: Config, values: Values): Promise<number> {
  const { folder } = config.certificates;
  if (await readKeyedCertificate(folder, 'authority'))
    throw new CommandFailure(
      `There is an authority in ${folder} already, and every device's certificate rests on it. For a new certificate of the server run: npx aiwfe certs renew`,
    );
  const now = new Date();
  const { makeAuthority } = await loadAuthorityTools();
  const authority = await makeAuthority('AI Workflow Engine devices', now);
  await writeKeyedCertificate(folder, 'authority', authority, { replace: false });
  await makeServerCertificate(config, values, now);
  say(`Made a certificate authority and a certificate of the server in ${folder}.`);
  say(`Restart the server: it then asks devices for certificates at port ${config.certificates.port}.`);
  say(`Devices trust the server once ${path.join(folder, 'ca.pem')} is in their store of authorities.`);
  return 0;
}

async function renew(config: Config, values: Values): Promise<number> {
  await makeServerCertificate(config, values, new Date());
  say('Made a new certificate of the server. Restart the server to use it.');
  return 0;
}

async function makeServerCertificate(config: Config, values: Values, now: Date): Promise<void> {
  const { folder } = config.certificates;
  const files = await readKeyedCertificate(folder, 'authority');
  if (!files) throw new CommandFailure(`There is no authority in ${folder} yet. Run: npx aiwfe certs init`);
  const names = [...new Set([...(values.host ?? []), ...ownNames(config)])];
  const { openAuthority } = await loadAuthorityTools();
  const issued = await (await openAuthority(files)).issueServer(names, now);
  await writeKeyedCertificate(folder, 'server', issued, { replace: true });
  say(`The server's certificate is for ${names.join(', ')}.`);
}

/** Names and addresses under which this machine may be reached, the public one first. */
function ownNames(config: Config): string[] {
  const { publicUrl } = config.http;
  const addresses = Object.values(networkInterfaces())
    .flatMap((entries) => entries ?? [])
    .map((entry) => entry.address)
    // A link-local address means something else on every network.
    .filter((address) => !/^(fe80:|169\.254\.)/i.test(address));
  return [
    ...(publicUrl ? [new URL(publicUrl).hostname.replace(/^\[|\]$/g, '')] : []),
    'localhost',
    ...addresses,
  ];
}

async function client(_config: Config, values: Values): Promise<number> {
  const { email, name, out } = values;
  if (!email || !name || !out || !values['password-stdin'])
    throw new CommandFailure(usage, { exitStatus: 2 });
  const password = await readLineFromStdin();
  if (password.length < 8)
    throw new CommandFailure(
      'The password of the file needs 8 characters or more, as one line on standard input.',
    );
  const pkcs12 = await withOperator((operator) =>
    operator.issueCertificate({ email, name, key: { pkcs12Password: password } }),
  );
  await writeFileWithMode(out, pkcs12, 0o600, false).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'EEXIST') throw new CommandFailure(`${out} exists already; it was not touched.`);
    throw error;
  });
  say(`Wrote ${out} (readable for you only). Import it on the device of ${email}, then delete it.`);
  return 0;
}

async function status(config: Config): Promise<number> {
  const finding = await inspectCertificates(config.certificates.folder, new Date());
  say(finding?.detail ?? 'There are no certificates here. Make them with: npx aiwfe certs init');
  return finding && !finding.ok ? 1 : 0;
}
