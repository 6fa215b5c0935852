export interface UploadPart {
  /** `undefined` makes a field. */
  filename?: string;
  name?: string;
  content: string | Uint8Array;
}

/** A multipart/form-data body (RFC 7578) with its header, as `inject` takes them. */
export function multipart(parts: UploadPart[]): { headers: Record<string, string>; payload: Buffer } {
  const boundary = 'test-boundary-7d1c';
  const pieces = parts.flatMap(({ filename, name = 'file', content }) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="${name}"${filename === undefined ? '' : `; filename="${filename}"`}\r\n${filename === undefined ? '' : 'Content-Type: application/octet-stream\r\n'}\r\n`,
    ),
    Buffer.from(content),
    Buffer.from('\r\n'),
  ]);
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
    payload: Buffer.concat([...pieces, Buffer.from(`--${boundary}--\r\n`)]),
  };
}
