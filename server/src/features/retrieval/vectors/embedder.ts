/** Turns texts into vectors; `compose.ts` makes one of the model gateway. */
export interface Embedder {
  /** The name of the assigned embedding model, unique among providers; `undefined` where none is assigned. */
  currentModel(): Promise<string | undefined>;
  /** One vector per text, in order. Throws the gateway's errors, and when `model` is not the assigned one any more. */
  embed(request: { model: string; texts: string[]; signal: AbortSignal }): Promise<Float32Array[]>;
}

/** Where no model gateway is wired: nothing is assigned. */
export const noEmbedder: Embedder = {
  currentModel: async () => undefined,
  embed: async () => {
    throw new Error('No embedding model is assigned.');
  },
};

/** The vector scaled to length 1, so that the dot product is the cosine; `undefined` for a vector without direction. */
export function toUnitLength(vector: Float32Array): Float32Array | undefined {
  let squares = 0;
  for (const value of vector) squares += value * value;
  if (!(squares > 0) || !Number.isFinite(squares)) return undefined;
  const scale = 1 / Math.sqrt(squares);
  return vector.map((value) => value * scale);
}
