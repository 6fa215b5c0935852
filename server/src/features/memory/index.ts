import type { Feature } from '../../platform/feature.ts';
import type { Platform } from '../../platform/platform.ts';
import type { WorkflowTool } from '../../platform/tools/tool.ts';
import { createUpkeep } from '../../platform/upkeep.ts';
import { memoryPersonalData } from './memory.personal.ts';
import { memoryRoutes } from './memory.routes.ts';
import { createMemoryService, type MemoryServiceOptions } from './memory.service.ts';
import { recallTool } from './recall.tool.ts';
import { rememberTool } from './remember.tool.ts';

const purgeMs = 60_000;

export interface MemoryOptions extends Pick<MemoryServiceOptions, 'consents' | 'names'> {
  platform: Pick<Platform, 'db' | 'userFeed' | 'log' | 'clock'>;
}

export interface MemoryFeature extends Feature {
  /** What workflows and chats may do with the memory of a person who agreed to it. */
  tools: WorkflowTool[];
}

/** Facts about people: visible, editable, with their source, and used with consent only. */
export function createMemoryFeature({ platform, ...options }: MemoryOptions): MemoryFeature {
  const memory = createMemoryService({ ...platform, ...options });
  const upkeep = createUpkeep(platform.log, [
    { name: 'memory.erase-deleted', everyMs: purgeMs, run: memory.purge },
  ]);
  return {
    routes: memoryRoutes(memory),
    tools: [recallTool(memory), rememberTool(memory)],
    personal: [memoryPersonalData(platform.db)],
    start: async () => upkeep.start(),
    stop: () => upkeep.stop(),
  };
}
