/** What is read of a Markdown syntax tree (mdast). */
interface MarkdownNode {
  type: string;
  value?: string;
  children?: MarkdownNode[];
}

/** The visible words of a node without marks: `## The *first* [part](x)` gives “The first part”. */
export function visitText(node: MarkdownNode): string {
  if (node.value !== undefined) return node.value;
  return (node.children ?? []).map(visitText).join('');
}
