import { randomFillSync } from 'node:crypto';

const pool = Buffer.allocUnsafe(4_096);
let used = pool.length;

/** Text of `bytes` random bytes in base64url. From a pool that is filled at once: one system call for many texts. */
export function randomText(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool);
    used = 0;
  }
  const text = pool.toString('base64url', used, used + bytes);
  // What was given away must not stay readable in memory.
  pool.fill(0, used, used + bytes);
  used += bytes;
  return text;
}
