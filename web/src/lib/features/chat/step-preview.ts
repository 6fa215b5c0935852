const longest = 160;

/** One line of a Markdown text without its marks: where it is while it is written, how it begins afterwards. */
export function previewOf(text: string, isWriting: boolean): string {
  const lines = text
    .split('\n')
    .map((line) =>
      line
        .replace(/^[\s>#*+|-]+/, '')
        .replace(/[*_`]+/g, '')
        .trim(),
    )
    .filter(Boolean);
  return (isWriting ? lines.at(-1) : lines[0])?.slice(0, longest) ?? '';
}
