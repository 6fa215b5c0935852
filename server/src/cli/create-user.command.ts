import { parseArgs } from 'node:util';
import type { Role } from '../platform/http/route.ts';
import { CommandFailure } from './failure.ts';
import { withOperator } from './operator.ts';
import { say } from './runtime.ts';
import { readLineFromStdin } from './standard-input.ts';

const usage =
  'Usage: aiwfe create-user --email E --role user|admin|superuser [--display-name N] --password-stdin < password';

/** `aiwfe create-user`: creates an account before or beside a running server. */
export async function createUser(parameters: string[]): Promise<number> {
  const input = { ...parseParameters(parameters), password: await readLineFromStdin() };
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
