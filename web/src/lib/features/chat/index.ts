export { createChat } from './chat-state.svelte.ts';
export { default as ChatView } from './chat-view.svelte';
