import { inspect } from 'node:util';

const shown = '[secret]';

/** Wraps a secret so that logs, errors, JSON and dumps print `[secret]` (S40). `reveal()` is the only way in. */
export class Secret {
  readonly #value: string;

  constructor(value: string) {
    this.#value = value;
  }

  reveal(): string {
    return this.#value;
  }

  toString(): string {
    return shown;
  }

  toJSON(): string {
    return shown;
  }

  [inspect.custom](): string {
    return shown;
  }
}
