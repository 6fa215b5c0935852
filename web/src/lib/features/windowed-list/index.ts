export { default as WindowedList, type WindowedListHandle } from './windowed-list.svelte';
