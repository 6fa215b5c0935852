export { markdown } from './markdown-loader.svelte.ts';
