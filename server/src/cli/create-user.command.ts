import { parseArgs } from 'node:util';
import type { Role } from '../platform/http/route.ts';
import { CommandFailure } from './failure.ts';
import { withOperator } from './operator.ts';
import { say } from './runtime.ts';

const usage =
  'Usage: aiwfe create-user --email E --role user|admin|superuser [--display-name N] --password-stdin < password';
const longestPasswordLineBytes = 16 * 1024;

/** `aiwfe create-user`: creates an account before or beside a running server. */
export async function createUser(parameters: string[]): Promise<number> {
  const input = { ...parseParameters(parameters), password: await readPassword() };
  const user = await withOperator((operator) => operator.createUser(input));
  say(`Created ${input.role} ${user.email} (${user.id}).`);
  return 0;
}

function parseParameters(parameters: string[]): { email: string; role: Role; displayName: string } {
  let values: { email?: string; role?: string; 'display-name'?: string; 'password-stdin'?: boolean };
  try {
    ({ values } = parseArgs({
      args: parameters,
      options: {
        email: { type: 'string' },
        role: { type: 'string' },
        'display-name': { type: 'string' },
        'password-stdin': { type: 'boolean' },
      },
    }));
  } catch (error) {
    throw new CommandFailure(`${error instanceof Error ? error.message : String(error)}\n${usage}`, {
      exitStatus: 2,
    });
  }
  const { email, role } = values;
  if (!email || !isRole(role) || !values['password-stdin'])
    throw new CommandFailure(usage, { exitStatus: 2 });
  return { email, role, displayName: values['display-name'] ?? email.split('@')[0] ?? email };
}

function isRole(role: string | undefined): role is Role {
  return role === 'user' || role === 'admin' || role === 'superuser';
}

/** The first line of standard input; a password is not taken from the arguments, which other users can see. */
async function readPassword(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.includes('\n')) break;
    if (text.length > longestPasswordLineBytes) throw new CommandFailure('The password is too long.');
  }
  const password = text.split('\n', 1)[0]?.replace(/\r$/, '') ?? '';
  if (password === '') throw new CommandFailure('There is no password on standard input.');
  return password;
}
