/** A failed sign-in, or one that succeeded, as far as spraying is concerned. */
export interface NetworkAttempt {
  /** An IPv4 address or an IPv6 /64. */
  network: string;
  /** Id of the account, or the address that was tried where there is no account. */
  account: string;
  failed: boolean;
}

export interface Spraying {
  pattern: 'one_network' | 'many_networks';
  accounts: number;
  attempts: number;
  /** Networks and how many accounts each of them tried. */
  networks: Map<string, number>;
}

export const sprayingWindowMinutes = 60;
const accountsOfOneNetwork = 10;
const accountsOfManyNetworks = 20;
const fewestNetworks = 10;
/** In the distributed pattern each network stays inconspicuous. */
const fewAttempts = 3;

/**
 * Finds password spraying in the attempts of one window: one network that fails on many accounts, or many networks that
 * fail on many accounts with a few attempts each. People who mistype and then get in are left out.
 */
export function findSpraying(attempts: NetworkAttempt[]): Spraying[] {
  const got = attempts.filter((attempt) => !attempt.failed);
  const pairOf = (attempt: NetworkAttempt): string => `${attempt.network} ${attempt.account}`;
  const mistyped = new Set(got.map(pairOf));
  const failures = attempts.filter((attempt) => attempt.failed && !mistyped.has(pairOf(attempt)));
  const byNetwork = groupBy(failures, (failure) => failure.network);
  const loud = [...byNetwork].filter(([, group]) => countAccounts(group) >= accountsOfOneNetwork);
  const found: Spraying[] = loud.map(([network, group]) =>
    toSpraying('one_network', group, new Map([[network, countAccounts(group)]])),
  );
  const usual = new Set(got.map((attempt) => attempt.network));
  const reached = new Set(got.map((attempt) => attempt.account));
  const quiet = [...byNetwork].filter(
    ([network, group]) => group.length <= fewAttempts && !usual.has(network),
  );
  const spread = quiet.flatMap(([, group]) => group).filter((failure) => !reached.has(failure.account));
  const networks = groupBy(spread, (failure) => failure.network);
  if (networks.size >= fewestNetworks && countAccounts(spread) >= accountsOfManyNetworks) {
    const counts = new Map([...networks].map(([network, group]) => [network, countAccounts(group)]));
    found.push(toSpraying('many_networks', spread, counts));
  }
  return found;
}

function toSpraying(
  pattern: Spraying['pattern'],
  failures: NetworkAttempt[],
  networks: Map<string, number>,
): Spraying {
  return { pattern, accounts: countAccounts(failures), attempts: failures.length, networks };
}

function countAccounts(attempts: NetworkAttempt[]): number {
  return new Set(attempts.map((attempt) => attempt.account)).size;
}

function groupBy(
  attempts: NetworkAttempt[],
  keyOf: (attempt: NetworkAttempt) => string,
): Map<string, NetworkAttempt[]> {
  const groups = new Map<string, NetworkAttempt[]>();
  for (const attempt of attempts) {
    const group = groups.get(keyOf(attempt));
    if (group) group.push(attempt);
    else groups.set(keyOf(attempt), [attempt]);
  }
  return groups;
}
