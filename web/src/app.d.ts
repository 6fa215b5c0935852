declare global {
  namespace App {
    interface Error {
      message: string;
      /** What happened, in a few words. */
      title?: string;
      requestId?: string | null;
    }
  }
}

export {};
