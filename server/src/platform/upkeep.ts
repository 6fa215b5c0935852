import type { Logger } from './telemetry/logger.ts';

export interface UpkeepTask {
  /** For the log. */
  name: string;
  everyMs: number;
  run(): Promise<void>;
}

export interface Upkeep {
  start(): void;
  /** Waits for what runs. */
  stop(): Promise<void>;
}

/** Repeated work of one process that may fail (the database may be away) and is then done the next time. */
export function createUpkeep(log: Logger, tasks: UpkeepTask[]): Upkeep {
  const running = new Set<Promise<void>>();
  let timers: NodeJS.Timeout[] = [];
  const begin = (task: UpkeepTask): void => {
    const work = task
      .run()
      .catch((error: unknown) => log.warn({ err: error, task: task.name }, 'upkeep failed; it is repeated'))
      .finally(() => running.delete(work));
    running.add(work);
  };
  return {
    start() {
      timers = tasks.map((task) => setInterval(() => begin(task), task.everyMs).unref());
    },
    async stop() {
      for (const timer of timers) clearInterval(timer);
      await Promise.all(running);
    },
  };
}
