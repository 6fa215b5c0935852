const sslModes = new Set(['disable', 'allow', 'prefer', 'require', 'verify-ca', 'verify-full', 'no-verify']);

/**
 * Returns a `postgresql://` URL that node-postgres understands, from the forms people bring: `postgres://`,
 * `postgresql://`, SQLAlchemy's `postgresql+psycopg2://` and `+asyncpg://`, with any libpq `sslmode`.
 * Throws with a sentence that never repeats the value.
 */
export function parseConnectionUrl(text: string): string {
  const rewritten = text
    .trim()
    .replace(/^postgres(?:ql)?(?:\+[a-z0-9]+)?:\/\//i, 'postgresql://')
    // libpq allows an empty host beside ?host=/socket/folder; the URL standard does not.
    .replace(/^(postgresql:\/\/(?:[^@/]*@)?)\//, '$1localhost/');
  if (!rewritten.startsWith('postgresql://') || !URL.canParse(rewritten))
    throw new Error('must look like postgresql://user:password@host:5432/database');
  const url = new URL(rewritten);
  const mode = url.searchParams.get('sslmode') ?? url.searchParams.get('ssl');
  url.searchParams.delete('ssl');
  // Settings of other drivers that node-postgres would hand to the server, where a pooler refuses them.
  for (const name of [
    'prepared_statement_cache_size',
    'statement_cache_size',
    'gssencmode',
    'channel_binding',
  ])
    url.searchParams.delete(name);
  if (mode !== null) applySslMode(url, mode);
  if (url.pathname.length < 2) throw new Error('names no database (…/database at the end)');
  return url.toString();
}

function applySslMode(url: URL, mode: string): void {
  if (!sslModes.has(mode)) throw new Error('has an unknown sslmode');
  // libpq falls back from `prefer` and `allow` to plain text; node-postgres does not, so they mean "no TLS demanded".
  if (mode === 'disable' || mode === 'allow' || mode === 'prefer') url.searchParams.set('sslmode', 'disable');
  // libpq's `require` encrypts without checking the certificate; node-postgres calls that `no-verify`.
  else if (mode === 'require') url.searchParams.set('sslmode', 'no-verify');
  else url.searchParams.set('sslmode', mode);
}
