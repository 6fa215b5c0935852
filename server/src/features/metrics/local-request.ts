import type { FastifyRequest } from 'fastify';
import ipaddr from 'ipaddr.js';

const forwardingHeaders = ['x-forwarded-for', 'forwarded', 'x-real-ip', 'x-forwarded-host', 'via'] as const;

/**
 * True when a program on this machine itself asks. Behind a proxy on the same machine every request comes from loopback:
 * with configured proxies the forwarded address counts (S27), and without any a request that says it was forwarded is
 * not taken for a local one. The name it was sent to must be a local one too: a page of another site that points its own
 * name to 127.0.0.1 would otherwise read along in a browser on this machine.
 */
export function isLocalRequest(request: FastifyRequest, trustsProxies: boolean): boolean {
  if (!isLoopback(request.ip) || !isLoopbackName(request.hostname)) return false;
  return trustsProxies || forwardingHeaders.every((name) => request.headers[name] === undefined);
}

function isLoopback(address: string): boolean {
  return ipaddr.isValid(address) && ipaddr.process(address).range() === 'loopback';
}

function isLoopbackName(name: string): boolean {
  const host = name.replace(/^\[|\]$/g, '').toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || isLoopback(host);
}
