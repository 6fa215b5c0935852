import type { PublicConfig } from '@aiwfe/api-client';

export type UploadLimits = PublicConfig['uploads'];
export type UploadRefusal = 'empty' | 'too_large' | 'unsupported';

/** The extension of a file name in lower case with its dot, or an empty text. */
export function extensionOf(name: string): string {
  return /\.[^./\\]+$/.exec(name)?.[0].toLowerCase() ?? '';
}

/** Why a file would be refused, known before a byte is sent; undefined when it may go. */
export function refusalOf(
  file: { name: string; size: number },
  limits: UploadLimits,
): UploadRefusal | undefined {
  if (file.size === 0) return 'empty';
  if (file.size > limits.max_file_bytes) return 'too_large';
  const extension = extensionOf(file.name).replace(/^\./, '');
  const isAccepted = limits.accepted.some((kind) => kind.extension.replace(/^\./, '') === extension);
  return isAccepted ? undefined : 'unsupported';
}
