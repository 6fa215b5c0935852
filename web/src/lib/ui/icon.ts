import type { Component } from 'svelte';

/** An icon component of the icon set. */
export type Icon = Component<{ class?: string; 'aria-hidden'?: boolean | 'true' | 'false' }>;
