import type { ColumnType, Generated } from 'kysely';
import type { Database, Queryable } from '../../platform/database/database.ts';
import type { DocumentKind, OutlineEntry } from './extraction/extraction.types.ts';

/** Read as the value, written as JSON text. */
type Json<Value> = ColumnType<Value, string | undefined, string>;

export const documentStates = ['uploaded', 'extracting', 'indexing', 'embedding', 'ready', 'failed'] as const;
export type DocumentState = (typeof documentStates)[number];

export interface DocumentTables {
  collections: {
    id: string;
    owner_id: string;
    name: string;
    created_at: Generated<Date>;
  };
  documents: {
    id: string;
    owner_id: string;
    collection_id: string | null;
    name: string;
    kind: DocumentKind;
    media_type: string;
    size_bytes: number;
    sha256: string;
    file_key: string;
    state: Generated<DocumentState>;
    progress_done: number | null;
    progress_total: number | null;
    page_count: number | null;
    chunk_count: number | null;
    text_length: number | null;
    outline: Json<OutlineEntry[]>;
    upload_warnings: Json<string[]>;
    warnings: Json<string[]>;
    error_code: string | null;
    error_detail: string | null;
    sample: Generated<boolean>;
    ingest_id: string;
    ingest_attempt: Generated<number>;
    created_at: Generated<Date>;
    updated_at: Generated<Date>;
    deleted_at: Date | null;
  };
  document_pages: {
    document_id: string;
    number: number;
    start_offset: number;
    end_offset: number;
    text: string;
  };
  chunks: {
    id: string;
    document_id: string;
    owner_id: string;
    ordinal: number;
    text: string;
    page_start: number | null;
    page_end: number | null;
    start_offset: number;
    end_offset: number;
    heading_path: string[];
    token_count: number;
  };
}

/** The same connection or transaction, with this feature's tables. */
export function withDocumentTables(queryable: Queryable) {
  return (queryable as Database).withTables<Pick<DocumentTables, keyof DocumentTables>>();
}
