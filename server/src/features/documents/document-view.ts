import { keptFailure } from '../../platform/errors.ts';
import type { DocumentRow } from './documents.queries.ts';
import type { DocumentView } from './documents.schemas.ts';

/** A document as the API shows it. */
export function toDocumentView(row: DocumentRow): DocumentView {
  return {
    id: row.id,
    name: row.name,
    kind: row.kind,
    media_type: row.media_type,
    size_bytes: row.size_bytes,
    sha256: row.sha256,
    state: row.state,
    progress: row.progress_done === null ? null : { done: row.progress_done, total: row.progress_total },
    page_count: row.page_count,
    chunk_count: row.chunk_count,
    warnings: [...row.upload_warnings, ...row.warnings],
    error: row.error_code === null ? null : keptFailure(row.error_code, row.error_detail ?? ''),
    collection_id: row.collection_id,
    sample: row.sample,
    created_at: row.created_at.toISOString(),
    updated_at: row.updated_at.toISOString(),
  };
}
