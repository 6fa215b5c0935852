/** Between a quick answer and what a deeper look adds to it, as the server writes it. */
const rule = '\n\n---\n\n';

/** The quick answer, and what was added below it when something was. */
export function partsOf(content: string): [string] | [string, string] {
  const at = content.indexOf(rule);
  return at === -1 ? [content] : [content.slice(0, at), content.slice(at + rule.length)];
}
