/** What a check found. */
export interface Finding {
  name: string;
  ok: boolean;
  /** What is so, and when it is not right, what to do. */
  detail: string;
}
