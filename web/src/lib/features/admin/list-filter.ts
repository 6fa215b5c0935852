import { replaceState } from '$app/navigation';

type Filter = Record<string, string>;
/** The query of the page's address. */
export type Address = Pick<URLSearchParams, 'get'>;

const typingPauseMs = 200;

/** The values of `names` in the address of the page. */
export function filterFromAddress<Name extends string>(
  address: Address,
  names: readonly Name[],
): Record<Name, string> {
  return Object.fromEntries(names.map((name) => [name, address.get(name) ?? ''])) as Record<Name, string>;
}

/** Applies a filter: at once or after a pause in typing. It stays in the address, so that a link leads to what is shown. */
export function createFilterApplier(
  filter: () => Filter,
  load: () => Promise<void>,
): { now(): void; soon(): void; stop(): void } {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const apply = () => {
    const address = new URL(location.href);
    for (const [name, value] of Object.entries(filter())) {
      if (value === '') address.searchParams.delete(name);
      else address.searchParams.set(name, value);
    }
    replaceState(address, {});
    void load();
  };
  const after = (delayMs: number) => {
    clearTimeout(timer);
    timer = setTimeout(apply, delayMs);
  };
  return { now: () => after(0), soon: () => after(typingPauseMs), stop: () => clearTimeout(timer) };
}
