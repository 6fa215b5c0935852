/** The same keys in another language; a text with plural forms stays one with plural forms. */
export type Translation<English> = {
  [Key in keyof English]: English[Key] extends string ? string : { one: string; other: string };
};
