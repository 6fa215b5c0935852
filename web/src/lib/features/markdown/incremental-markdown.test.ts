import { describe, expect, it } from 'vitest';
import fc from '../../property.ts';
import { IncrementalMarkdown, type MarkdownBlock } from './incremental-markdown.ts';
import { createMarkdownParser } from './markdown-parser.ts';

function create(): IncrementalMarkdown {
  const labels = { copyCode: 'Copy', imageFrom: String, imageNotShown: '', source: String };
  return new IncrementalMarkdown(
    createMarkdownParser({ citations: new Set([1, 2]), labels }),
    (html) => html,
  );
}

const htmlOf = (blocks: MarkdownBlock[]) =>
  blocks.map((block) => (block.kind === 'html' ? block.html : `[${block.kind}]${block.text}`)).join('');

const LINES = [
  '# Heading',
  'Some *text* with `code` and [1].',
  'second line',
  '',
  '',
  '- item',
  '  - nested',
  '1. one',
  '2. two',
  '3',
  '* star',
  '> quote',
  '```ts',
  'const a = 1;',
  '```',
  '~~~',
  '| a | b |',
  '|---|---|',
  '| 1 | 2 |',
  '---',
  '    indented',
  '$$',
  'x^2',
  'Setext',
  '===',
  '<div>',
  '<pre>',
  '</pre>',
  '<!--',
  '-->',
];

describe('incremental Markdown', { timeout: 60_000 }, () => {
  it('ends as the whole text rendered at once, wherever the pieces were cut', () => {
    const documents = fc.array(fc.constantFrom(...LINES), { maxLength: 30 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(documents, fc.array(fc.integer({ min: 1, max: 25 }), { minLength: 1 }), (text, sizes) => {
        const streamed = create();
        let end = 0;
        for (let index = 0; end < text.length; index += 1) {
          streamed.update(text.slice(0, end), false);
          end += sizes[index % sizes.length] ?? 1;
        }
        expect(htmlOf(streamed.update(text, true))).toBe(htmlOf(create().update(text, true)));
      }),
      { numRuns: 400 },
    );
  });

  it('keeps a list with empty lines between its items one list, though the next number comes in pieces', () => {
    const markdown = create();
    const text = '1. one\n\n2. two\n\n3. three';
    for (let end = 1; end < text.length; end += 1) markdown.update(text.slice(0, end), false);
    expect(htmlOf(markdown.update(text, true)).match(/<ol/g)).toHaveLength(1);
  });

  it('keeps the identity of every block but the last while text arrives', () => {
    const markdown = create();
    const before = markdown.update('One.\n\nTwo.\n\nThr', false);
    const after = markdown.update('One.\n\nTwo.\n\nThree and more', false);
    expect(after.slice(0, -1).every((block, index) => block === before[index])).toBe(true);
    expect(after.at(-1)?.key).toBe(before.at(-1)?.key);
  });

  it.each([
    ['paragraphs', 'A sentence of some words, with [1] a citation. '.repeat(6).concat('\n\n')],
    ['one endless list', '- an item with some words in it\n'],
    ['one endless paragraph', 'words without an end '],
    ['one endless code block', 'const value = 1;\n'],
  ])('does work in proportion to the length of %s', (name, unit) => {
    const start = name.includes('code') ? '```ts\n' : '';
    const work = (length: number) => {
      const text = start + unit.repeat(Math.ceil(length / unit.length));
      const markdown = create();
      for (let end = 0; end < text.length; end += 40) markdown.update(text.slice(0, end), false);
      markdown.update(text, true);
      return markdown.charactersLexed;
    };
    const [small, large] = [work(25_000), work(100_000)];
    expect(large / small).toBeLessThan(5);
    expect(large).toBeLessThan(100_000 * 30);
  });

  it('shows an unfinished code block as it grows', () => {
    const markdown = create();
    markdown.update('Look:\n\n```py\nprint', false);
    expect(markdown.update('Look:\n\n```py\nprint(1)\n', false).at(-1)).toMatchObject({
      kind: 'open-code',
      language: 'py',
      text: 'print(1)\n',
    });
    expect(markdown.update('Look:\n\n```py\nprint(1)\n```\n', false).at(-1)?.kind).toBe('html');
  });

  it('starts over when the text is replaced', () => {
    const markdown = create();
    markdown.update('First answer\n\nwith more', false);
    expect(htmlOf(markdown.update('Other', true))).toBe('<p>Other</p>\n');
  });

  it('resolves a link that is defined at the end', () => {
    const markdown = create();
    const text = '[site][s]\n\nmore\n\n[s]: https://example.com';
    markdown.update(text.slice(0, 15), false);
    markdown.update(text, false);
    expect(htmlOf(markdown.update(text, true))).toContain('href="https://example.com/"');
  });
});
