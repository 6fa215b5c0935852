import type { Icon } from '#lib/ui/icon.ts';

export interface PaletteCommand {
  id: string;
  label: string;
  icon: Icon;
  keys?: string[];
  run: () => unknown;
}

export interface PaletteGroup {
  heading: string;
  commands: PaletteCommand[];
}

const offers = new Set<() => PaletteGroup>();

/** Puts what the open page can do into the palette; answers how to end that, for an `$effect`. */
export function offerCommands(offer: () => PaletteGroup): () => void {
  offers.add(offer);
  return () => offers.delete(offer);
}

/** What the open page offers now. */
export function pageCommands(): PaletteGroup[] {
  return [...offers].map((offer) => offer());
}
