import { isIP, isIPv4 } from 'node:net';
import { EvaluationError } from '../cel-error.ts';
import { Opaque } from '../values/value.ts';
import { type Overload, overFirst, overload } from './overload.ts';

/** An address as a number of 32 or 128 bits. */
class IpValue extends Opaque {
  readonly typeName = 'net.IP';
  readonly family: 4 | 6;
  readonly bits: bigint;

  constructor(family: 4 | 6, bits: bigint) {
    super();
    this.family = family;
    this.bits = bits;
  }

  equals(other: Opaque): boolean {
    return other instanceof IpValue && other.family === this.family && other.bits === this.bits;
  }

  override toString(): string {
    return this.family === 4 ? formatV4(this.bits) : formatV6(this.bits);
  }
}

class CidrValue extends Opaque {
  readonly typeName = 'net.CIDR';
  readonly ip: IpValue;
  readonly prefix: number;

  constructor(ip: IpValue, prefix: number) {
    super();
    this.ip = ip;
    this.prefix = prefix;
  }

  get width(): number {
    return this.ip.family === 4 ? 32 : 128;
  }

  masked(bits: bigint): bigint {
    const free = BigInt(this.width - this.prefix);
    return (bits >> free) << free;
  }

  contains({ family, bits }: IpValue): boolean {
    return family === this.ip.family && this.masked(bits) === this.masked(this.ip.bits);
  }

  equals(other: Opaque): boolean {
    return other instanceof CidrValue && other.prefix === this.prefix && other.ip.equals(this.ip);
  }

  override toString(): string {
    return `${this.ip}/${this.prefix}`;
  }
}

function formatV4(bits: bigint): string {
  return [24n, 16n, 8n, 0n].map((shift) => (bits >> shift) & 255n).join('.');
}

/** The canonical form: the longest run of zeros is left out. */
function formatV6(bits: bigint): string {
  const groups = Array.from({ length: 8 }, (_, at) => ((bits >> BigInt(112 - at * 16)) & 0xffffn).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** Neither zones nor IPv4 in IPv6 are addresses for Kubernetes. */
function parseIp(text: string): IpValue | undefined {
  if (isIPv4(text))
    return new IpValue(
      4,
      text.split('.').reduce((bits, part) => (bits << 8n) | BigInt(part), 0n),
    );
  if (isIP(text) !== 6 || text.includes('%')) return undefined;
  const plain = new URL(`http://[${text}]`).hostname.slice(1, -1);
  const [head = '', tail] = plain.split('::');
  const groups = (part: string) => part.split(':').filter((group) => group !== '');
  const [front, back] = [groups(head), groups(tail ?? '')];
  const middle = tail === undefined ? [] : Array<string>(8 - front.length - back.length).fill('0');
  const bits = [...front, ...middle, ...back].reduce((all, group) => (all << 16n) | BigInt(`0x${group}`), 0n);
  return bits >> 32n === 0xffffn ? undefined : new IpValue(6, bits);
}

function parseCidr(text: string): CidrValue | undefined {
  const parts = /^([^/]+)\/(0|[1-9]\d{0,2})$/.exec(text);
  const ip = parts === null ? undefined : parseIp(parts[1] ?? '');
  const prefix = Number(parts?.[2]);
  if (ip === undefined || prefix > (ip.family === 4 ? 32 : 128)) return undefined;
  return new CidrValue(ip, prefix);
}

function ipOrThrow(text: string): IpValue {
  const ip = parseIp(text);
  if (ip === undefined)
    throw new EvaluationError(
      `IP Address ${JSON.stringify(text)} parse error during conversion from string: unable to parse IP`,
    );
  return ip;
}

function cidrOrThrow(text: string): CidrValue {
  const cidr = parseCidr(text);
  if (cidr === undefined)
    throw new EvaluationError(
      `network address parse error during conversion from string: netip.ParsePrefix(${JSON.stringify(text)}): unable to parse`,
    );
  return cidr;
}

const startsWith = ({ family, bits }: IpValue, four: [bigint, number], six: [bigint, number]) =>
  family === 4 ? bits >> BigInt(32 - four[1]) === four[0] : bits >> BigInt(128 - six[1]) === six[0];

const isLinkLocalMulticast = (ip: IpValue) => startsWith(ip, [0xe00000n, 24], [0xff02n, 16]);
const isLinkLocalUnicast = (ip: IpValue) => startsWith(ip, [0xa9fen, 16], [0x3fan, 10]);
const isLoopback = (ip: IpValue) => startsWith(ip, [127n, 8], [1n, 128]);
const isMulticast = (ip: IpValue) => startsWith(ip, [0xen, 4], [0xffn, 8]);
const isBroadcast = ({ family, bits }: IpValue) => family === 4 && bits === 0xffffffffn;
const isGlobal = (ip: IpValue) =>
  ip.bits !== 0n && !isBroadcast(ip) && !isLoopback(ip) && !isMulticast(ip) && !isLinkLocalUnicast(ip);

const containsCidr = (outer: CidrValue, inner: CidrValue) => inner.prefix >= outer.prefix && outer.contains(inner.ip);

/** `ip('10.0.0.1')` and `cidr('10.0.0.0/8')`. */
export function addresses(): Overload[] {
  return [
    overload('ip(string): IP', ipOrThrow, overFirst),
    overload('isIP(string): bool', (text: string) => parseIp(text) !== undefined, overFirst),
    overload('ip.isCanonical(string): bool', (text: string) => String(ipOrThrow(text)) === text, overFirst),
    overload('string(IP): string', (ip: IpValue) => String(ip), { size: () => 39 }),
    overload('IP.family(): int', ({ family }: IpValue) => BigInt(family)),
    overload('IP.isUnspecified(): bool', ({ bits }: IpValue) => bits === 0n),
    overload('IP.isLoopback(): bool', isLoopback),
    overload('IP.isLinkLocalMulticast(): bool', isLinkLocalMulticast),
    overload('IP.isLinkLocalUnicast(): bool', isLinkLocalUnicast),
    overload('IP.isGlobalUnicast(): bool', isGlobal),
    overload('cidr(string): CIDR', cidrOrThrow, overFirst),
    overload('isCIDR(string): bool', (text: string) => parseCidr(text) !== undefined, overFirst),
    overload('string(CIDR): string', (cidr: CidrValue) => String(cidr), { size: () => 43 }),
    overload('CIDR.containsIP(IP): bool', (cidr: CidrValue, ip: IpValue) => cidr.contains(ip)),
    overload('CIDR.containsIP(string): bool', (cidr: CidrValue, ip: string) => cidr.contains(ipOrThrow(ip))),
    overload('CIDR.containsCIDR(CIDR): bool', containsCidr),
    overload('CIDR.containsCIDR(string): bool', (cidr: CidrValue, text: string) =>
      containsCidr(cidr, cidrOrThrow(text)),
    ),
    overload('CIDR.ip(): IP', ({ ip }: CidrValue) => ip),
    overload(
      'CIDR.masked(): CIDR',
      (cidr: CidrValue) => new CidrValue(new IpValue(cidr.ip.family, cidr.masked(cidr.ip.bits)), cidr.prefix),
    ),
    overload('CIDR.prefixLength(): int', ({ prefix }: CidrValue) => BigInt(prefix)),
  ];
}
