import { format, inspect } from 'node:util';
import { expect, test } from 'vitest';
import { createLogger } from '../telemetry/logger.ts';
import { Secret } from './secret.ts';

const value = 'umber-sparrow-kettle';
const secret = new Secret(value);

test.each<[string, () => string]>([
  ['String()', () => String(secret)],
  ['a template literal', () => `${secret}`],
  ['being added to text', () => `the key is ${''}`.concat(secret as unknown as string)],
  ['joining a list', () => [secret, secret].join(', ')],
  ['JSON.stringify', () => JSON.stringify({ secret, list: [secret] })],
  ['util.inspect', () => inspect({ secret }, { depth: 9, showHidden: true })],
  ['util.format', () => format('%s %o %O %j', secret, secret, secret, secret)],
  ['the message of an error', () => new Error(`not accepted: ${secret}`).message],
  ['the cause of an error', () => inspect(new Error('not accepted', { cause: { secret } }))],
])('S40: is not shown by %s', (_, show) => {
  expect(show()).toContain('[secret]');
  expect(show()).not.toContain(value);
});

test('S40: has nothing that could be listed or copied', () => {
  expect(Reflect.ownKeys(secret)).toEqual([]);
  expect({ ...secret }).toEqual({});
  expect(structuredClone(secret)).toEqual({});
});

test('S40: is in no log line, however it gets there', () => {
  const lines: string[] = [];
  const log = createLogger({ level: 'trace', destination: { write: (line) => void lines.push(line) } });
  const error = Object.assign(new Error(`refused ${secret}`, { cause: new Error(`key ${secret}`) }), {
    secret,
  });
  log.error({ err: error, provider: { key: secret } }, `asked with ${secret}`);
  log.info(secret);
  log.info('%s %o %j', secret, secret, secret);
  expect(lines).toHaveLength(3);
  expect(lines.join('')).not.toContain(value);
});

test('is given to whoever asks for it by name', () => {
  expect(secret.reveal()).toBe(value);
});
