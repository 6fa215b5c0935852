import { readFile } from 'node:fs/promises';
import path from 'node:path';
import pg from 'pg';
import type { Product } from './product.ts';

/** Runs one statement in the product's own database: for what only time could bring about. */
export async function query(product: Product, statement: string, values: unknown[] = []): Promise<void> {
  const home = path.join(product.dataDir, 'postgres/data');
  const [, , , port, folder, address] = (await readFile(path.join(home, 'postmaster.pid'), 'utf8')).split(
    '\n',
  );
  const client = new pg.Client({
    host: folder?.trim() || address?.trim(),
    port: Number(port),
    user: 'aiwfe',
    database: 'postgres',
    password: (await readFile(path.join(product.dataDir, 'database-password'), 'utf8')).trim(),
  });
  await client.connect();
  try {
    await client.query(statement, values);
  } finally {
    await client.end();
  }
}
