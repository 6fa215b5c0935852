// @vitest-environment jsdom

import { describe, expect, it } from 'vitest';
import fc from '../../property.ts';
import { IncrementalMarkdown } from './incremental-markdown.ts';
import { createMarkdownParser, type MarkdownLabels } from './markdown-parser.ts';
import { sanitizeMarkdownHtml } from './markdown-sanitizer.ts';

const labels: MarkdownLabels = {
  copyCode: 'Copy',
  imageFrom: (host) => `Image from ${host} – open`,
  imageNotShown: 'Image not shown',
  source: (number) => `Source ${number}`,
};

function render(source: string, citations: number[] = []): string {
  const parser = createMarkdownParser({ citations: new Set(citations), labels });
  const blocks = new IncrementalMarkdown(parser, sanitizeMarkdownHtml).update(source, true);
  return blocks.map((block) => (block.kind === 'html' ? block.html : block.text)).join('');
}

function parse(html: string): Document {
  return new DOMParser().parseFromString(`<body>${html}</body>`, 'text/html');
}

const ALLOWED_TAGS = new Set(
  'p br hr h2 h3 ul ol li blockquote div span a button em strong b i s u del sub sup kbd mark code pre table thead tbody tr th td'.split(
    ' ',
  ),
);
const ALLOWED_ATTRIBUTES = new Set(
  'href target rel class type align start tabindex aria-label data-citation data-copy-code data-language data-math data-checked'.split(
    ' ',
  ),
);

function expectInert(html: string): void {
  for (const element of parse(html).body.querySelectorAll('*')) {
    expect(ALLOWED_TAGS, html).toContain(element.localName);
    for (const attribute of element.attributes) {
      expect(ALLOWED_ATTRIBUTES, html).toContain(attribute.name);
    }
    const href = element.getAttribute('href');
    if (element.localName !== 'a') expect(href, html).toBeNull();
    if (href !== null) {
      expect(['http:', 'https:', 'mailto:'], html).toContain(new URL(href).protocol);
      expect(element.getAttribute('rel')).toBe('noopener noreferrer');
      expect(element.getAttribute('target')).toBe('_blank');
    }
  }
}

const FRAGMENTS = [
  '<script>alert(1)</script>',
  '<img src=x onerror=alert(1)>',
  '<img src="https://evil.example/p.png" srcset="https://evil.example/2.png 2x">',
  '<svg onload=alert(1)><a xlink:href="javascript:alert(1)">',
  '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=alert(1)&gt;">',
  '<div style="background:url(https://evil.example/x)">',
  '<a href="javascript:alert(1)">x</a>',
  '<iframe srcdoc="<script>1</script>">',
  '<form action="https://evil.example"><input autofocus onfocus=alert(1)>',
  '[x](javascript:alert(1))',
  '[x](JaVaScRiPt&colon;alert(1))',
  '[x](data:text/html,<script>1</script>)',
  '[x](vbscript:msgbox)',
  '[x](//evil.example)',
  '[x](https://example.com/"onmouseover="alert(1))',
  '![a](https://evil.example/t.gif?q=1)',
  '![a](data:image/svg+xml,<svg/onload=alert(1)>)',
  '![" onerror="alert(1)](x)',
  '[r]: javascript:alert(1)',
  '[r]',
  '![r]',
  '<https://example.com>',
  '<javascript:alert(1)>',
  '```html\n',
  '```" onmouseover="x\n',
  '```',
  '`',
  '$$\\href{javascript:alert(1)}{x}$$',
  '$<img src=x onerror=1>$',
  '| a | b |\n|---|---|\n| <br> | <img src=https://evil.example/x> |',
  '[1]',
  '<br onclick=alert(1)>',
  '<sub',
  '>',
  '"',
  "'",
  '\n\n',
  '\n',
  '- ',
  '> ',
  '&lt;script&gt;',
  '&#x6A;avascript:',
  '\u0000',
  '\u2028',
  '<!--',
  '-->',
  '<![CDATA[',
  '<noscript><p title="</noscript><img src=x onerror=alert(1)>">',
  'www.example.com',
];
const hostileText = fc
  .array(fc.oneof(fc.constantFrom(...FRAGMENTS), fc.string({ maxLength: 12 })), { maxLength: 14 })
  .map((parts) => parts.join(''));

describe('S36: rendered Markdown', { timeout: 60_000 }, () => {
  it('S36: keeps no script, handler, style, remote source or unknown tag, whatever the text', () => {
    fc.assert(
      fc.property(hostileText, (source) => expectInert(render(source, [1]))),
      { numRuns: 800 },
    );
  });

  it('S36: is inert in every state of a stream', () => {
    fc.assert(
      fc.property(hostileText, fc.integer({ min: 1, max: 9 }), (source, step) => {
        const parser = createMarkdownParser({ citations: new Set([1]), labels });
        const markdown = new IncrementalMarkdown(parser, sanitizeMarkdownHtml);
        for (let end = 0; end < source.length; end += step) {
          for (const block of markdown.update(source.slice(0, end), false)) {
            if (block.kind === 'html') expectInert(block.html);
          }
        }
      }),
      { numRuns: 80 },
    );
  });

  it('S36: the sanitizer lets nothing of that through by itself, should the parser ever hand it on', () => {
    for (const href of [
      'javascript:1',
      ' JaVaScRiPt:1',
      'data:text/html,x',
      'vbscript:x',
      'file:///x',
      '//x',
    ])
      expect(sanitizeMarkdownHtml(`<a href="${href}">x</a>`), href).toBe('<a>x</a>');
    for (const href of ['https://example.com/', 'http://example.com/', 'mailto:a@example.com'])
      expect(sanitizeMarkdownHtml(`<a href="${href}">x</a>`)).toBe(`<a href="${href}">x</a>`);
    for (const html of FRAGMENTS) {
      for (const element of parse(sanitizeMarkdownHtml(html)).body.querySelectorAll('*')) {
        expect(ALLOWED_TAGS, html).toContain(element.localName);
        for (const { name } of element.attributes) expect(ALLOWED_ATTRIBUTES, html).toContain(name);
      }
    }
  });

  it('S36: shows a remote image as a link that names the host', () => {
    const body = parse(render('![A chart](https://images.example.com/x.png?t=1)')).body;
    expect(body.querySelector('img')).toBeNull();
    const chip = body.querySelector('a.image-chip');
    expect(chip?.textContent).toBe('A chartImage from images.example.com – open');
    expect(chip?.getAttribute('href')).toBe('https://images.example.com/x.png?t=1');
    expect(chip?.getAttribute('rel')).toBe('noopener noreferrer');
  });

  it('shows raw HTML as text and keeps bare line breaks', () => {
    const body = parse(render('a <u onclick="x">b</u><br>c')).body;
    expect(body.textContent).toContain('<u onclick="x">');
    expect(body.querySelectorAll('br')).toHaveLength(1);
  });

  it('shows absurdly deep nesting as plain text instead of failing', () => {
    for (const unit of ['> ', '1. ', '+ ']) {
      expect(parse(render(unit.repeat(20_000))).body.textContent?.length).toBeGreaterThan(1);
    }
  });

  it('renders relative and script links as plain text', () => {
    expect(parse(render('[a](/settings) [b](javascript:x)')).body.querySelector('a')).toBeNull();
  });
});

describe('citations', () => {
  const chips = (source: string, numbers: number[]) =>
    [...parse(render(source, numbers)).body.querySelectorAll('button.citation')].map((chip) =>
      chip.getAttribute('data-citation'),
    );

  it('become chips only for numbers the message has', () => {
    expect(chips('Yes [1], no [7], both [1][2] and [1, 2].', [1, 2])).toEqual(['1', '1', '2', '1', '2']);
  });

  it('stay text inside code, links and link definitions', () => {
    expect(
      chips('`a[1]`\n\n```\nb[1]\n```\n\n[c [1]](https://example.com) [d][1](https://x.example)', [1]),
    ).toEqual([]);
    expect(render('See [1].\n\n[1]: https://example.com', [1])).toContain('data-citation="1"');
  });

  it('stay on the line of the word before them', () => {
    expect(render('word [1].', [1])).toContain('word<span class="citations">&nbsp;<button');
  });

  it('name themselves to a screen reader', () => {
    expect(render('x [2]', [2])).toContain('aria-label="Source 2"');
  });
});
