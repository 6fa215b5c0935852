/** What a search brings that the person did not choose for the question: nothing, and why. */
export interface Withheld {
  items: [];
  withheld: 'documents' | 'web';
  detail: string;
}

const details = {
  documents: 'No documents were searched: the person chose none of these for this question.',
  web: 'The web was not searched: the person did not switch web search on for this question.',
};

export function withheld(what: Withheld['withheld']): Withheld {
  return { items: [], withheld: what, detail: details[what] };
}

/** What was withheld from a search, by its output. */
export function withheldFrom(output: unknown): Withheld['withheld'] | undefined {
  const { withheld: what } = (output ?? {}) as { withheld?: unknown };
  return what === 'documents' || what === 'web' ? what : undefined;
}
