import { expect, test } from 'vitest';
import { normalizeBaseUrl } from './base-url.ts';

test.each([
  ['ollama', 'http://127.0.0.1:11434/', 'http://127.0.0.1:11434'],
  ['ollama', 'localhost:11434', 'http://localhost:11434'],
  ['ollama', 'https://models.example.org/ollama/api/chat', 'https://models.example.org/ollama'],
  ['ollama', 'http://host:11434/v1', 'http://host:11434'],
  ['openai', 'https://api.example.org', 'https://api.example.org/v1'],
  ['openai', 'https://api.example.org/v1/', 'https://api.example.org/v1'],
  ['openai', 'https://api.example.org/openai/v1/chat/completions', 'https://api.example.org/openai/v1'],
] as const)('%s: %s becomes %s', (kind, text, expected) => {
  expect(normalizeBaseUrl(kind, text)).toBe(expected);
});

test.each(['ftp://host', 'http://user:key@host', 'http://', 'http://a b'])('refuses %s', (text) => {
  expect(() => normalizeBaseUrl('ollama', text)).toThrow(
    expect.objectContaining({ code: 'models.invalid_base_url' }),
  );
});
