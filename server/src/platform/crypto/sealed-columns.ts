/** A column that holds texts of the secret box. Each feature declares its own (`Feature.sealed`). */
export interface SealedColumn {
  table: string;
  /** Text; null where there is nothing. */
  column: string;
  /** The columns that name a row and that its context is made of. */
  contextColumns: string[];
  /** The context that a row's text was sealed with, from the texts of those columns. */
  context(row: Record<string, string>): string;
}
