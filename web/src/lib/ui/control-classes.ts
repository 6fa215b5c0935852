/** Look of every control that takes text. */
export const textControl =
  'w-full rounded-control border border-control-line bg-surface px-2.5 text-text transition-colors ' +
  'hover:border-muted focus-visible:border-accent focus-visible:outline-1 focus-visible:outline-offset-0 ' +
  'aria-invalid:border-danger disabled:cursor-not-allowed disabled:opacity-60 pointer-coarse:text-lg';
