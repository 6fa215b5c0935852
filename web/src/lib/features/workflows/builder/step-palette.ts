import { t } from '#lib/messages/translate.svelte.ts';
import type { Drawing } from './drawing.svelte.ts';
import { groupOf, stepGroups } from './step-catalogue.ts';
import { kindText, kindTitle } from './step-words.ts';

export interface PaletteItem {
  type: string;
  title: string;
  text: string;
}

/** The steps that can be added, by group, whose words contain each typed word. A second start is not offered. */
export function paletteGroups(
  { catalogue, definition }: Drawing,
  query: string,
): { id: string; label: string; items: PaletteItem[] }[] {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const hasStart = definition.nodes.some((node) => node.type === 'start');
  const items = [...catalogue.steps.keys()]
    .filter((type) => !(hasStart && type === 'start'))
    .map((type) => ({ type, title: kindTitle(catalogue, type), text: kindText(catalogue, type) }))
    .filter(({ title, text }) => {
      const all = `${title} ${text}`.toLowerCase();
      return words.every((word) => all.includes(word));
    });
  const ids = [...(Object.keys(stepGroups) as (keyof typeof stepGroups)[]), 'more'] as const;
  return ids
    .map((id) => ({
      id,
      label: t(`workflow_steps.group.${id}`),
      items: items.filter(({ type }) => groupOf(type) === id).toSorted((a, b) => rank(a.type) - rank(b.type)),
    }))
    .filter((group) => group.items.length > 0);
}

function rank(type: string): number {
  const all: readonly string[] = Object.values(stepGroups).flat();
  return all.indexOf(type);
}
