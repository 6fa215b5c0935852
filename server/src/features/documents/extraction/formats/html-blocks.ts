import type { PageBuilder } from '../page-builder.ts';

/** The part of the DOM that is read here; linkedom's nodes have it. */
export interface DomNode {
  nodeType: number;
  nodeName: string;
  textContent: string | null;
  childNodes: Iterable<DomNode>;
  getAttribute?(name: string): string | null;
}

const elementNode = 1;
const textNode = 3;
/** Elements inside elements; deeper content is read as the text of its ancestor. */
const maxDepth = 200;

const invisible = new Set(
  'SCRIPT STYLE NOSCRIPT TEMPLATE HEAD IFRAME OBJECT EMBED SVG CANVAS AUDIO VIDEO SELECT BUTTON INPUT TEXTAREA LINK META'.split(
    ' ',
  ),
);
const containers = new Set(
  'HTML BODY DIV SECTION ARTICLE MAIN HEADER FOOTER NAV ASIDE FORM FIGURE FIGCAPTION BLOCKQUOTE DETAILS SUMMARY ADDRESS DL DT DD FIELDSET CENTER P HR'.split(
    ' ',
  ),
);
const structural = new Set('H1 H2 H3 H4 H5 H6 UL OL TABLE PRE'.split(' '));

/** Adds the visible content of `root` to `builder`: headings, paragraphs, lists, tables and code in document order. */
export function addHtmlBlocks(root: DomNode, builder: PageBuilder): void {
  const inline: string[] = [];
  const flush = (): void => {
    builder.add('paragraph', collapseSpaces(inline.join('')));
    inline.length = 0;
  };
  walk(root, builder, inline, flush, 0);
  flush();
}

function walk(node: DomNode, builder: PageBuilder, inline: string[], flush: () => void, depth: number): void {
  for (const child of node.childNodes) {
    if (child.nodeType === textNode) inline.push(child.textContent ?? '');
    if (child.nodeType !== elementNode) continue;
    const name = child.nodeName.toUpperCase();
    if (invisible.has(name) || isHidden(child)) continue;
    if (name === 'BR') inline.push('\n');
    else if (structural.has(name) && depth < maxDepth) {
      flush();
      addStructure(child, name, builder);
    } else if (containers.has(name)) {
      flush();
      walkDeeper(child, builder, inline, flush, depth);
      flush();
    } else walkDeeper(child, builder, inline, flush, depth);
  }
}

function walkDeeper(
  node: DomNode,
  builder: PageBuilder,
  inline: string[],
  flush: () => void,
  depth: number,
): void {
  if (depth < maxDepth) walk(node, builder, inline, flush, depth + 1);
  else inline.push(visibleText(node));
}

function addStructure(node: DomNode, name: string, builder: PageBuilder): void {
  if (name === 'PRE') builder.add('code', visibleText(node));
  else if (name === 'TABLE') builder.add('table', tableText(node));
  else if (name === 'UL' || name === 'OL') builder.add('list', listLines(node, name === 'OL', 0).join('\n'));
  else builder.add('heading', oneLine(visibleText(node)), { level: Number(name.charAt(1)) });
}

function isHidden(node: DomNode): boolean {
  if (node.getAttribute?.('hidden') != null || node.getAttribute?.('aria-hidden') === 'true') return true;
  return /display\s{0,5}:\s{0,5}none/i.test((node.getAttribute?.('style') ?? '').slice(0, 1_000));
}

/** Text without scripts and styles; iterative, because a document may nest as deep as it likes. */
export function visibleText(root: DomNode): string {
  const parts: string[] = [];
  const stack: DomNode[] = [root];
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    if (node.nodeType === textNode) parts.push(node.textContent ?? '');
    if (node.nodeType !== elementNode) continue;
    const name = node.nodeName.toUpperCase();
    if (name === 'BR') parts.push('\n');
    else if (!invisible.has(name)) for (const child of [...node.childNodes].reverse()) stack.push(child);
  }
  return parts.join('');
}

function listLines(list: DomNode, ordered: boolean, depth: number): string[] {
  const lines: string[] = [];
  let number = 1;
  for (const item of elements(list)) {
    const inline: string[] = [];
    const nested: string[] = [];
    collectItem(item, inline, nested, depth);
    const text = oneLine(inline.join(''));
    if (text !== '') lines.push(`${'  '.repeat(depth)}${ordered ? `${number++}.` : '-'} ${text}`);
    // One by one: spreading a list of a hundred thousand lines would overflow the call stack.
    for (const line of nested) lines.push(line);
  }
  return lines;
}

function collectItem(item: DomNode, inline: string[], nested: string[], depth: number): void {
  for (const child of item.childNodes) {
    const name = child.nodeName.toUpperCase();
    if (name === 'UL' || name === 'OL') {
      if (depth >= 20) inline.push(' ', visibleText(child));
      else for (const line of listLines(child, name === 'OL', depth + 1)) nested.push(line);
    } else if (child.nodeType === textNode) inline.push(child.textContent ?? '');
    else if (child.nodeType === elementNode && containers.has(name) && depth < 20) {
      inline.push(' ');
      collectItem(child, inline, nested, depth + 1);
      inline.push(' ');
    } else if (child.nodeType === elementNode) inline.push(visibleText(child));
  }
}

/** One line for each row, cells between bars; the rows of nested tables count as text of their cell. */
function tableText(table: DomNode): string {
  const lines: string[] = [];
  for (const group of elements(table)) {
    const rows = group.nodeName.toUpperCase() === 'TR' ? [group] : elements(group);
    for (const row of rows) {
      if (row.nodeName.toUpperCase() !== 'TR') continue;
      const cells = elements(row).map((cell) => oneLine(visibleText(cell)));
      if (cells.some((cell) => cell !== '')) lines.push(cells.join(' | '));
    }
  }
  return lines.join('\n');
}

function elements(node: DomNode): DomNode[] {
  return [...node.childNodes].filter((child) => child.nodeType === elementNode);
}

function oneLine(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/** HTML collapses runs of white space; line feeds remain only where a line break element put them. */
function collapseSpaces(text: string): string {
  return text.replace(/[ \t\r\n\u00a0]+/gu, (run) => (run === '\n' ? '\n' : ' ')).trim();
}
