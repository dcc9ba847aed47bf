/** The proxies that the environment names, by the rules of Go's programs (golang.org/x/net/http/httpproxy): docker and its kin go by these. */
import { BlockList, isIP } from 'node:net';
import { HakoError } from '#base';
import { isLoopback } from '../hosts/loopback.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const DEFAULT_PORTS: Record<string, string> = { 'http:': '80', 'https:': '443' };

/** What HTTPS_PROXY, HTTP_PROXY and NO_PROXY say, or the same in small letters. */
export class Proxies {
  readonly #addresses: Record<string, string>;
  readonly #exceptions: readonly ((host: string, port: string) => boolean)[];

  constructor(env: Environment = process.env) {
    const named = (name: string) => env[name] || env[name.toLowerCase()] || '';
    this.#addresses = { 'https:': named('HTTPS_PROXY'), 'http:': named('HTTP_PROXY') };
    this.#exceptions = named('NO_PROXY')
      .split(',')
      .map((entry) => entry.trim().toLowerCase())
      .filter(Boolean)
      .map(exceptionOf);
  }

  /** The proxy for an address, if any; never for this machine. Throws `failed_precondition` for what is no proxy that we can use. */
  of(url: URL): URL | undefined {
    const address = this.#addresses[url.protocol] ?? '';
    const host = bare(url.hostname).toLowerCase();
    if (address === '' || isLoopback(host)) return undefined;
    const port = url.port || (DEFAULT_PORTS[url.protocol] ?? '');
    return this.#exceptions.some((isOne) => isOne(host, port)) ? undefined : parseProxy(address, url.protocol);
  }
}

/** `*`, a host, `.domain`, `*.domain`, an address or a network, all but networks also with a port. A plain name stands for what is below it too. */
function exceptionOf(entry: string): (host: string, port: string) => boolean {
  if (entry === '*') return () => true;
  const network = networkOf(entry);
  if (network !== undefined) return (host) => isIP(host) !== 0 && network.check(host, familyOf(host));
  const { name, port } = splitPort(entry);
  const meansPort = (actual: string) => port === undefined || port === actual;
  if (isIP(name) !== 0) {
    const one = new BlockList();
    one.addAddress(name, familyOf(name));
    return (host, actual) => isIP(host) !== 0 && one.check(host, familyOf(host)) && meansPort(actual);
  }
  const below = name.startsWith('*.') ? name.slice(1) : name.startsWith('.') ? name : `.${name}`;
  return (host, actual) => (host.endsWith(below) || host === name) && meansPort(actual);
}

function networkOf(entry: string): BlockList | undefined {
  const [address = '', prefix = ''] = entry.split('/');
  const family = isIP(address);
  if (family === 0 || !/^\d{1,3}$/.test(prefix) || Number(prefix) > (family === 4 ? 32 : 128)) return undefined;
  const network = new BlockList();
  network.addSubnet(address, Number(prefix), familyOf(address));
  return network;
}

/** `host:port`, `[::1]:port`, or either without a port. */
function splitPort(entry: string): { name: string; port: string | undefined } {
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]*))(?::(\d+))?$/.exec(entry) ?? [];
  return { name: bracketed ?? plain ?? entry, port };
}

function parseProxy(address: string, protocol: string): URL {
  const url = URL.parse(address.includes('://') ? address : `http://${address}`);
  if (url !== null && Object.hasOwn(DEFAULT_PORTS, url.protocol) && url.hostname !== '') return url;
  const name = protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY';
  // Of an address that cannot be read nobody knows where its password is.
  const what = url === null ? 'is no address of a proxy' : `names a proxy for ${url.protocol.slice(0, -1)}`;
  throw new HakoError('failed_precondition', `${name} ${what}: write http://HOST:PORT or https://HOST:PORT`);
}

function bare(host: string): string {
  return host.replace(/^\[|\]$/g, '');
}

function familyOf(address: string): 'ipv4' | 'ipv6' {
  return isIP(address) === 6 ? 'ipv6' : 'ipv4';
}
