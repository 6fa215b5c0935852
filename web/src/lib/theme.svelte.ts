import type { Theme } from '@aiwfe/api-client';

const storageKey = 'aiwfe.theme';

/** The chosen theme of this browser; static/theme.js applies the same choice before the first paint. */
class ThemeChoice {
  chosen = $state<Theme>('dark');
  #system = typeof matchMedia === 'undefined' ? null : matchMedia('(prefers-color-scheme: light)');

  constructor() {
    const stored = typeof localStorage === 'undefined' ? null : localStorage.getItem(storageKey);
    if (stored === 'light' || stored === 'system' || stored === 'dark') this.chosen = stored;
    this.#system?.addEventListener('change', () => this.#apply());
  }

  /** Applies and remembers a theme. */
  choose(theme: Theme): void {
    this.chosen = theme;
    localStorage.setItem(storageKey, theme);
    this.#apply();
  }

  #apply(): void {
    const light = this.chosen === 'light' || (this.chosen === 'system' && this.#system?.matches);
    document.documentElement.dataset.theme = light ? 'light' : 'dark';
  }
}

export const theme = new ThemeChoice();
