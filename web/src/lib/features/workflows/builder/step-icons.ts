import Blocks from '@lucide/svelte/icons/blocks';
import Bot from '@lucide/svelte/icons/bot';
import Box from '@lucide/svelte/icons/box';
import Braces from '@lucide/svelte/icons/braces';
import Clock from '@lucide/svelte/icons/clock';
import Flag from '@lucide/svelte/icons/flag';
import GitBranch from '@lucide/svelte/icons/git-branch';
import GitFork from '@lucide/svelte/icons/git-fork';
import GitMerge from '@lucide/svelte/icons/git-merge';
import Globe from '@lucide/svelte/icons/globe';
import Hammer from '@lucide/svelte/icons/hammer';
import Play from '@lucide/svelte/icons/play';
import Repeat from '@lucide/svelte/icons/repeat';
import SearchCheck from '@lucide/svelte/icons/search-check';
import Signpost from '@lucide/svelte/icons/signpost';
import TextSearch from '@lucide/svelte/icons/text-search';
import Type from '@lucide/svelte/icons/type';
import UserCheck from '@lucide/svelte/icons/user-check';
import Wrench from '@lucide/svelte/icons/wrench';
import type { Icon } from '#lib/ui/icon.ts';
import { groupOf, type StepGroup } from './step-catalogue.ts';

const icons: Record<string, Icon> = {
  start: Play,
  end: Flag,
  prompt: Bot,
  retrieve: TextSearch,
  text: Type,
  transform: Braces,
  condition: GitBranch,
  switch: Signpost,
  loop: Repeat,
  parallel: GitFork,
  join: GitMerge,
  wait: Clock,
  sub_workflow: Blocks,
  tool: Wrench,
  chosen_tool: Hammer,
  web_search: SearchCheck,
  http: Globe,
  approval: UserCheck,
};

export const iconOf = (type: string): Icon => icons[type] ?? Box;

const tones: Record<StepGroup, string> = {
  model: 'bg-accent-soft text-accent',
  data: 'bg-info-soft text-info',
  flow: 'bg-hover text-muted',
  outside: 'bg-warning-soft text-warning',
  people: 'bg-success-soft text-success',
  more: 'bg-hover text-muted',
};

/** Ground and colour of a step's icon, by its group. */
export const toneOf = (type: string): string => tones[groupOf(type)];
