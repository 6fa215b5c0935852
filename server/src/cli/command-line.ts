import { CommandFailure, describeFailure } from './failure.ts';

interface Command {
  usage: string;
  summary: string;
  /** Loaded when it is needed: a command must not wait for the modules of the others. */
  load: () => Promise<(parameters: string[]) => Promise<number>>;
}

const commands: Record<string, Command> = {
  serve: {
    usage: 'serve [all|api|worker]',
    summary: 'Run the server; all in one process by default.',
    load: async () => (await import('./serve.command.ts')).serve,
  },
  migrate: {
    usage: 'migrate',
    summary: 'Bring the database schema up to date.',
    load: async () => (await import('./migrate.command.ts')).migrate,
  },
  'create-user': {
    usage: 'create-user --email E --role user|admin|superuser [--display-name N] --password-stdin',
    summary: 'Create an account; the password is one line on standard input.',
    load: async () => (await import('./create-user.command.ts')).createUser,
  },
  'setup-code': {
    usage: 'setup-code',
    summary: 'Print the link for creating the first account, while it is pending.',
    load: async () => (await import('./setup-code.command.ts')).setupCode,
  },
  secrets: {
    usage: 'secrets status|rotate|reencrypt|retire',
    summary: 'Change the master secret while people stay signed in.',
    load: async () => (await import('./secrets.command.ts')).secrets,
  },
  certs: {
    usage: 'certs init|renew|client|status',
    summary: 'Make and check the certificates of this server and of people’s devices.',
    load: async () => (await import('./certs.command.ts')).certs,
  },
  doctor: {
    usage: 'doctor [--url https://…]',
    summary:
      'Check this installation, or the way from here to a server, and say what to do about what is wrong.',
    load: async () => (await import('./doctor.command.ts')).doctor,
  },
  audit: {
    usage: 'audit verify',
    summary: 'Verify the evidence: recompute the hash chain of what happened.',
    load: async () => (await import('./audit.command.ts')).audit,
  },
  openapi: {
    usage: 'openapi [--check]',
    summary: 'Write server/openapi.json from the routes.',
    load: async () => (await import('./openapi.command.ts')).openapi,
  },
  'schema-snapshot': {
    usage: 'schema-snapshot [--check]',
    summary: 'Write migrations/schema.json from a freshly migrated database.',
    load: async () => (await import('./schema-snapshot.command.ts')).schemaSnapshot,
  },
};

/** Runs `aiwfe <command> …`; answers the exit status. What goes wrong is one sentence on standard error. */
export async function runCommandLine(parameters: string[]): Promise<number> {
  const [name = 'help', ...rest] = parameters;
  if (['help', '--help', '-h'].includes(name)) {
    process.stdout.write(usage());
    return 0;
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (!command) {
    process.stderr.write(`There is no command "${name}".\n\n${usage()}`);
    return 2;
  }
  try {
    const run = await command.load();
    return await run(rest);
  } catch (error) {
    process.stderr.write(`${describeFailure(error)}\n`);
    return error instanceof CommandFailure ? error.exitStatus : 1;
  }
}

function usage(): string {
  const lines = Object.values(commands).map(
    (command) => `  aiwfe ${command.usage}\n      ${command.summary}`,
  );
  return `Usage: aiwfe <command>\n\n${lines.join('\n')}\n`;
}
