export { ChatState, createChat, useChat } from './chat-state.svelte.ts';
export { default as ChatView } from './chat-view.svelte';
