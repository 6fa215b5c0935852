/** Text at a place of a page, in points from the lower left corner. */
export interface PlacedText {
  text: string;
  x: number;
  y: number;
  size?: number;
}

/** As programs that make long files do: a flat list is walked from its beginning for each page. */
const pagesPerGroup = 100;

/** Writes a plain PDF 1.4 for tests: one page per entry, each a list of lines or of placed texts. */
export function writePdf(pages: (string | PlacedText)[][]): Buffer {
  const objects: string[] = ['', ''];
  const font = objects.push(
    '<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>',
  );
  const groups: number[] = [];
  for (let first = 0; first < pages.length; first += pagesPerGroup) {
    const group = objects.push('');
    const leaves: number[] = [];
    for (const page of pages.slice(first, first + pagesPerGroup)) {
      const content = page.map((entry, line) =>
        showText(typeof entry === 'string' ? { text: entry, x: 72, y: 770 - line * 14 } : entry),
      );
      const stream = content.join('\n');
      const contents = objects.push(`<< /Length ${stream.length} >>\nstream\n${stream}\nendstream`);
      leaves.push(
        objects.push(
          `<< /Type /Page /Parent ${group} 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 ${font} 0 R >> >> /Contents ${contents} 0 R >>`,
        ),
      );
    }
    objects[group - 1] = `<< /Type /Pages /Parent 2 0 R /Count ${leaves.length} /Kids [${list(leaves)}] >>`;
    groups.push(group);
  }
  objects[0] = '<< /Type /Catalog /Pages 2 0 R >>';
  objects[1] = `<< /Type /Pages /Count ${pages.length} /Kids [${list(groups)}] >>`;
  return Buffer.from(assemble(objects), 'latin1');
}

function list(objectNumbers: number[]): string {
  return objectNumbers.map((number) => `${number} 0 R`).join(' ');
}

function showText({ text, x, y, size = 11 }: PlacedText): string {
  return `BT /F1 ${size} Tf ${x} ${y} Td (${text.replace(/[\\()]/g, '\\$&')}) Tj ET`;
}

function assemble(objects: string[]): string {
  const parts = ['%PDF-1.4\n'];
  let length = 9;
  const offsets: number[] = [];
  for (const [index, body] of objects.entries()) {
    const part = `${index + 1} 0 obj\n${body}\nendobj\n`;
    offsets.push(length);
    parts.push(part);
    length += part.length;
  }
  const rows = offsets.map((offset) => `${String(offset).padStart(10, '0')} 00000 n \n`).join('');
  parts.push(`xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${rows}`);
  parts.push(`trailer\n<< /Size ${objects.length + 1} /Root 1 0 R >>\nstartxref\n${length}\n%%EOF\n`);
  return parts.join('');
}
