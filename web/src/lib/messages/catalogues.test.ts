import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { messages as basicGerman } from './de/index.ts';
import { workflowPart as germanPart } from './de/workflow-part.ts';
import { messages as basicEnglish } from './en/index.ts';
import { workflowPart as englishPart } from './en/workflow-part.ts';
import { formatMessage, type MessageText } from './translate.svelte.ts';

const english = { ...basicEnglish, ...englishPart };
const german = { ...basicGerman, ...germanPart };
const parametersOf = (text: MessageText) =>
  [
    ...new Set(
      Object.values(typeof text === 'string' ? { text } : text)
        .join(' ')
        .match(/\{\w+\}/g),
    ),
  ].sort();
const entries = (catalogue: object) => Object.entries(catalogue as Record<string, MessageText>);
const filesOf = (language: string) =>
  readdirSync(join(import.meta.dirname, language))
    .filter((file) => file !== 'entrance.ts' && !file.startsWith('refusals'))
    .sort();

describe('message catalogues', () => {
  it('have the same files in both languages', () => {
    expect(filesOf('de')).toEqual(filesOf('en'));
  });

  it('have the same keys in both languages', () => {
    expect(Object.keys(german).sort()).toEqual(Object.keys(english).sort());
  });

  it('take the same parameters in both languages', () => {
    for (const [key, text] of entries(english)) {
      expect([key, parametersOf((german as Record<string, MessageText>)[key] ?? '')]).toEqual([
        key,
        parametersOf(text),
      ]);
    }
  });

  it('leave no text empty', () => {
    for (const [key, text] of [...entries(english), ...entries(german)]) {
      for (const form of typeof text === 'string' ? [text] : Object.values(text)) {
        expect([key, form.trim().length > 0]).toEqual([key, true]);
      }
    }
  });
});

describe('formatMessage', () => {
  it('fills parameters and writes numbers as the language does', () => {
    expect(formatMessage('{count} of {name}', { count: 1234, name: 'all' }, 'de')).toBe('1.234 of all');
  });

  it('chooses the plural form by the count', () => {
    const text = { one: '{count} page', other: '{count} pages' };
    expect(formatMessage(text, { count: 1 }, 'en')).toBe('1 page');
    expect(formatMessage(text, { count: 0 }, 'en')).toBe('0 pages');
  });
});
