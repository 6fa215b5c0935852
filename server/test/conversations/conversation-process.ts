import { type ConversationWorldOptions, createConversationWorld } from './conversation-world.ts';

/** A server process for kill tests: its options are the first argument, its first line is `{"url"}`. */
const options = JSON.parse(process.argv[2] ?? '{}') as ConversationWorldOptions;
const world = await createConversationWorld(options);
const url = options.role === 'worker' ? '' : await world.listen();
console.log(JSON.stringify({ url }));
process.once('SIGTERM', () => {
  void world.stop().then(() => process.exit(0));
});
