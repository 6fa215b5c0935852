// A fake model server in a process of its own; `{"url"}` is its first line. TOKENS: words of each answer.
import { startFakeModelServer } from '../../server/test/peers/fake-model-server.ts';

const peer = await startFakeModelServer();
const { TOKENS = '2000', TOKEN_DELAY_MS } = process.env;
peer.script({
  path: '/api/chat',
  tokens: Number(TOKENS),
  ...(TOKEN_DELAY_MS === undefined ? {} : { tokenDelayMs: Number(TOKEN_DELAY_MS) }),
});
console.log(JSON.stringify({ url: peer.url }));
process.once('SIGTERM', () => void peer.close());
