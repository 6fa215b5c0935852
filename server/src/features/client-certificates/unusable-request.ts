/** The request is not readable, not signed by its own key, or its key is too weak. */
export class UnusableRequest extends Error {}
