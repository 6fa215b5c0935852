import { flushCompileCache } from 'node:module';
import type { Application, ProcessRole } from '../compose.ts';
import { type Config, loadConfig } from '../config.ts';
import type { Logger } from '../platform/telemetry/logger.ts';
import { CommandFailure, describeFailure } from './failure.ts';
import { ensureDataFolder, openRuntime, openServerLog, type Runtime, say } from './runtime.ts';
import { listenForStop } from './stop-signal.ts';

const roles: readonly string[] = ['all', 'api', 'worker'];

/** `aiwfe serve [all|api|worker]`: runs until asked to stop; answers the exit status. */
export async function serve(parameters: string[]): Promise<number> {
  const role = parameters[0] ?? 'all';
  if (!roles.includes(role) || parameters.length > 1) {
    throw new CommandFailure('Usage: aiwfe serve [all|api|worker]', { exitStatus: 2 });
  }
  const stop = listenForStop();
  const config = loadConfig();
  if (config.logging.to === 'file') await ensureDataFolder(config.dataDir);
  const log = openServerLog(config);
  for (const warning of config.warnings) log.warn({}, warning);
  let lost: Error | undefined;
  // The program's modules load while the database starts.
  const loading = import('../compose.ts');
  const runtime = await openRuntime(config, {
    role: 'server',
    log,
    onDatabaseLost(error) {
      lost = error;
      stop.request('database lost');
    },
  });
  stop.onImpatience(() => {
    runtime.embedded?.abandon();
    process.exit(130);
  });
  try {
    const { createApplication } = await loading;
    const application = await createApplication(config, { role: role as ProcessRole, log, ...runtime });
    await run(application, { config, role: role as ProcessRole, log, runtime, stopped: stop.requested });
  } catch (error) {
    log.fatal({ err: error }, 'the server could not go on');
    throw error;
  } finally {
    await runtime.close();
  }
  if (lost) throw new CommandFailure(describeFailure(lost), { cause: lost });
  return 0;
}

interface Running {
  config: Config;
  role: ProcessRole;
  log: Logger;
  runtime: Runtime;
  stopped: Promise<string>;
}

async function run(application: Application, running: Running): Promise<void> {
  const { log } = running;
  try {
    await application.start();
    if (running.role === 'worker') say('AI Workflow Engine worker is ready');
    else await announce(application, running);
    flushCompileCache();
    giveBackStartupMemory();
    const reason = await running.stopped;
    log.info({ reason }, 'stopping');
  } finally {
    await application.close();
    log.info({}, 'stopped');
  }
}

/**
 * Loading leaves a quarter of the heap as garbage and as code that runs only once; V8 keeps both while little happens.
 * After the compiled code is on the disk, since this drops it. Takes a tenth of a second, once.
 */
function giveBackStartupMemory(): void {
  globalThis.gc?.({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

async function announce(application: Application, { config, log, runtime }: Running): Promise<void> {
  const listening = await application.listen();
  const address = config.http.publicUrl ?? reachable(listening);
  await runtime.embedded?.announce(address);
  // Nothing may fail any more once the server is said to be ready: from then on a lost database is waited for.
  const code = await application.operator?.pendingSetupCode();
  log.info({ address, listening }, 'listening');
  say(`AI Workflow Engine is ready at ${address}`);
  if (code !== undefined) say(`Set-up code ${code}  ${address}/setup#code=${code}`);
}

/** An address that can be typed: "any interface" is reached by loopback on this machine. */
function reachable(listening: string): string {
  return listening.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
