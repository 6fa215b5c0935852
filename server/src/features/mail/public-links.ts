/** Addresses in mails. They come from the configuration or the listening socket, never from a Host header (S8). */
export interface PublicLinks {
  /** Without a slash at the end. */
  origin(): string;
  page(path: string): string;
  /** The token stands in the fragment, which browsers send to no server, so that no log ever holds it. */
  withToken(path: string, token: string): string;
  /** The address that was taken, where PUBLIC_URL is not set. */
  listensAt(address: string): void;
}

export function createPublicLinks(http: {
  publicUrl: string | undefined;
  host: string;
  port: number;
}): PublicLinks {
  const host = http.host.includes(':') ? `[${http.host}]` : http.host;
  let local = reachable(`http://${host}:${http.port}`);
  const origin = (): string => http.publicUrl ?? local;
  return {
    origin,
    page: (path) => `${origin()}${path}`,
    withToken: (path, token) => `${origin()}${path}#token=${token}`,
    listensAt(address) {
      local = reachable(address);
    },
  };
}

/** An address that can be typed: "any interface" is reached by loopback on this machine. */
function reachable(address: string): string {
  return address.replace('//0.0.0.0:', '//127.0.0.1:').replace('//[::]:', '//[::1]:');
}
