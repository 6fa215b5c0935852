import type { Component, ComponentProps } from 'svelte';
import type MarkdownView from './markdown-view.svelte';

/**
 * The Markdown renderer, fetched after the page that needs it: the parser and the sanitiser weigh a sixth of a
 * first page's budget. Until it is here, a page shows the text as it was written.
 */
class MarkdownLoader {
  view = $state.raw<Component<ComponentProps<typeof MarkdownView>> | null>(null);

  async load(): Promise<void> {
    this.view ??= (await import('./markdown-view.svelte')).default;
  }
}

export const markdown = new MarkdownLoader();
