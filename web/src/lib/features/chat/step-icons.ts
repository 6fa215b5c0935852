import type { Step } from '@aiwfe/api-client';
import BookOpen from '@lucide/svelte/icons/book-open';
import Brain from '@lucide/svelte/icons/brain';
import Dot from '@lucide/svelte/icons/dot';
import Gauge from '@lucide/svelte/icons/gauge';
import Globe from '@lucide/svelte/icons/globe';
import Hand from '@lucide/svelte/icons/hand';
import Hourglass from '@lucide/svelte/icons/hourglass';
import ListTodo from '@lucide/svelte/icons/list-todo';
import PenLine from '@lucide/svelte/icons/pen-line';
import Quote from '@lucide/svelte/icons/quote';
import Search from '@lucide/svelte/icons/search';
import ShieldCheck from '@lucide/svelte/icons/shield-check';
import Signpost from '@lucide/svelte/icons/signpost';
import SquarePlus from '@lucide/svelte/icons/square-plus';
import Undo2 from '@lucide/svelte/icons/undo-2';
import UserRound from '@lucide/svelte/icons/user-round';
import Wrench from '@lucide/svelte/icons/wrench';
import type { Icon } from '#lib/ui/icon.ts';

const icons: Record<Step['kind'], Icon> = {
  retrieve: Search,
  prompt: PenLine,
  wait: Hourglass,
  extract: Quote,
  web: Globe,
  read: BookOpen,
  assess: Gauge,
  plan: ListTodo,
  choose: Signpost,
  tool: Wrench,
  check: ShieldCheck,
  reflect: Undo2,
  expert: UserRound,
  summary: PenLine,
  approval: Hand,
  amend: SquarePlus,
  think: Brain,
};

/** What kind of work a step is, at a glance; also for a kind that came after this page was made. */
export function stepIcon(kind: Step['kind']): Icon {
  return icons[kind] ?? Dot;
}
