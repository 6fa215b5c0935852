import dns, { type LookupAddress } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { buildConnector } from 'undici';
import type { ProblemError } from '../errors.ts';
import { type AddressProblem, judgeAddress } from './addresses.ts';
import { AddressNotAllowed } from './outbound-errors.ts';

/** Resolves a host name to all its addresses. */
export type ResolveHost = (hostname: string) => Promise<LookupAddress[]>;

/** Asks the system, as every other program on the machine does. */
export const resolveHost: ResolveHost = (hostname) => dns.promises.lookup(hostname, { all: true });

const sentences: Record<AddressProblem, string> = {
  local: 'is in a private network. An administrator can allow local addresses for what is meant to be there.',
  metadata: 'belongs to the machine itself or its cloud (link-local or metadata) and is never allowed.',
  unusable: 'is reserved or not usable as the address of a server.',
};

/** The problem of one resolved address, or `undefined` when a request may go there. */
function findAddressProblem(
  hostname: string,
  address: string,
  options: { allowLocal: boolean },
): ProblemError | undefined {
  const problem = judgeAddress(address, options);
  if (problem === undefined) return undefined;
  const name = hostname === address ? address : `${hostname} (${address})`;
  return AddressNotAllowed.with({
    detail: `The address ${name} ${sentences[problem]}`,
    reason: problem,
    params: { address: name },
  });
}

/** `[::1]` as the URL has it, `::1` as the rest of the world writes it. */
function bareHost(hostname: string): string {
  return hostname.startsWith('[') ? hostname.slice(1, -1) : hostname;
}

/**
 * The addresses of a host, all of them checked: one that is not allowed among them refuses the host, since an attacker
 * chooses the order. Throws `outbound.address_not_allowed`, or what the resolver threw.
 */
export async function resolveChecked(
  hostname: string,
  options: { allowLocal: boolean; resolve: ResolveHost },
): Promise<LookupAddress[]> {
  const host = bareHost(hostname);
  const family = isIP(host);
  const found = family === 0 ? await options.resolve(host) : [{ address: host, family }];
  for (const { address } of found) {
    const problem = findAddressProblem(host, address, options);
    if (problem) throw problem;
  }
  return found;
}

/**
 * Connects to exactly the address that was checked: the name is resolved once, in here, and what comes out is what the
 * socket connects to, so a name that answers differently the next time (DNS rebinding) gains nothing.
 */
export function createPinnedConnect(options: {
  allowLocal: boolean;
  connectTimeoutMs: number;
  resolve: ResolveHost;
  buildConnector: typeof buildConnector;
}): buildConnector.connector {
  const lookup: LookupFunction = (hostname, wanted, callback) => {
    resolveChecked(hostname, options).then(
      (addresses) => {
        const [first] = addresses;
        if (wanted.all) callback(null, addresses);
        else callback(null, first?.address ?? '', first?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
  const connect = options.buildConnector({ timeout: options.connectTimeoutMs, allowH2: false, lookup });
  return (target, callback) => {
    const host = bareHost(target.hostname);
    // A literal address is connected to without a lookup, so it is checked here.
    const problem = isIP(host) === 0 ? undefined : findAddressProblem(host, host, options);
    if (problem) return callback(problem, null);
    connect({ ...target, hostname: host }, (...result) => {
      const [error, socket] = result;
      const arrived = error === null ? socket.remoteAddress : undefined;
      const late = arrived === undefined ? undefined : findAddressProblem(host, arrived, options);
      if (!late) return callback(...result);
      socket?.destroy();
      callback(late, null);
    });
  };
}
