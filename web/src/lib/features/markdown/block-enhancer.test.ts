// @vitest-environment jsdom
import { describe, expect, it } from 'vitest';
import { highlightCode } from './code-highlighter.ts';
import { IncrementalMarkdown } from './incremental-markdown.ts';
import { createMarkdownParser } from './markdown-parser.ts';
import { sanitizeMarkdownHtml } from './markdown-sanitizer.ts';

function codeElement(language: string, code: string): HTMLElement {
  const element = document.createElement('code');
  element.dataset.language = language;
  element.textContent = code;
  return document.body.appendChild(element);
}

function formulasIn(source: string): (string | null)[] {
  const labels = { copyCode: 'Copy', imageFrom: String, imageNotShown: '', source: String };
  const parser = createMarkdownParser({ citations: new Set(), labels });
  const host = document.createElement('div');
  for (const block of new IncrementalMarkdown(parser, sanitizeMarkdownHtml).update(source, true)) {
    if (block.kind === 'html') host.innerHTML += block.html;
  }
  return [...host.querySelectorAll('[data-math]')].map((formula) => formula.textContent);
}

describe('code highlighting', { timeout: 60_000 }, () => {
  it('sets classes only and changes no character', async () => {
    const code = 'const a = "<b>";\n// done\n';
    const element = codeElement('ts', code);
    await highlightCode(element);
    expect(element.textContent).toBe(code);
    expect(element.querySelectorAll('.code-token-keyword').length).toBeGreaterThan(0);
    expect(element.querySelector('[style], b')).toBeNull();
  });

  it('leaves code in an unknown language as it is', async () => {
    for (const language of ['', 'klingon', 'constructor', '__proto__']) {
      const element = codeElement(language, 'x = 1');
      await highlightCode(element);
      expect(element.innerHTML).toBe('x = 1');
    }
  });
});

describe('formulas', () => {
  it('are found inline and on their own lines', () => {
    expect(formulasIn('so $a^2$ and \\(b\\)\n\n$$\nc_1\n$$\n\n\\[d\\]')).toEqual(['a^2', 'b', 'c_1', 'd']);
  });

  it('are not seen in prices and code', () => {
    expect(formulasIn('from $5 to $10, or US$3 and $4\n\n`$x$`')).toEqual([]);
  });
});
