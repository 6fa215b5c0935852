/** One chunk as it is cut, before it is stored. */
export interface ChunkDraft {
  ordinal: number;
  text: string;
  page_start: number;
  page_end: number;
  /** Offsets count UTF-16 code units in the whole text: `whole.slice(start_offset, end_offset) === text`. */
  start_offset: number;
  end_offset: number;
  heading_path: string[];
  token_count: number;
}
