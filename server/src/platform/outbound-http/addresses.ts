import ipaddr from 'ipaddr.js';

/** Reached by nothing but code that steals credentials: refused even where local addresses are allowed. */
const metadataNetworks = [
  '169.254.0.0/16',
  '100.100.100.200/32',
  '168.63.129.16/32',
  '192.0.0.192/32',
  'fd00:ec2::/32',
  'fd20:ce::/32',
  'fe80::/10',
].map((network) => ipaddr.parseCIDR(network));

/** NAT64 (RFC 6052): what counts is the IPv4 address in the last 32 bits. */
const nat64 = ipaddr.parseCIDR('64:ff9b::/96');
/** IPv4-compatible addresses (RFC 4291 §2.5.5.1), deprecated, still honoured by some systems. */
const ipv4Compatible = ipaddr.parseCIDR('::/96');

const localRanges = new Set(['loopback', 'private', 'uniqueLocal', 'carrierGradeNat']);

/** Why a request may not go to an IP address. */
export type AddressProblem = 'local' | 'metadata' | 'unusable';

/**
 * Judges an IP address as text. Answers `undefined` when a request may go there: to public unicast addresses, and with
 * `allowLocal` also to loopback, private and carrier-grade ones. Link-local and metadata addresses are never allowed;
 * IPv4 addresses inside IPv6 ones are judged as what they carry; 6to4 and Teredo are refused (S34).
 */
export function judgeAddress(text: string, options: { allowLocal: boolean }): AddressProblem | undefined {
  if (!ipaddr.isValid(text)) return 'unusable';
  const address = unwrap(ipaddr.parse(text));
  if (
    metadataNetworks.some(
      ([network, bits]) => address.kind() === network.kind() && address.match(network, bits),
    )
  )
    return 'metadata';
  const range = address.range();
  if (range === 'unicast') return undefined;
  if (localRanges.has(range)) return options.allowLocal ? undefined : 'local';
  return 'unusable';
}

function unwrap(address: ipaddr.IPv4 | ipaddr.IPv6): ipaddr.IPv4 | ipaddr.IPv6 {
  if (!(address instanceof ipaddr.IPv6)) return address;
  if (address.isIPv4MappedAddress()) return address.toIPv4Address();
  const embedsIpv4 = address.match(nat64[0], nat64[1]) || address.match(ipv4Compatible[0], ipv4Compatible[1]);
  // `::` and `::1` are IPv6's own unspecified and loopback addresses.
  if (!embedsIpv4 || address.range() === 'loopback' || address.range() === 'unspecified') return address;
  return new ipaddr.IPv4(address.toByteArray().slice(12));
}
