import { isIP } from 'node:net';
import type { FieldErrors } from './field-errors.ts';
import type { Path } from './path.ts';
import { SOUND } from './rule.ts';

/** 4, 6, or 0 for what is no address. Leading zeros of IPv4 numbers are decimal, as ever; zones are not addresses. */
export function ipFamily(text: string): 4 | 6 | 0 {
  if (text.includes('%')) return 0;
  const family = isIP(text);
  if (family !== 0) return family === 4 ? 4 : 6;
  return isIP(withoutLeadingZeros(text)) === 4 ? 4 : 0;
}

function withoutLeadingZeros(text: string): string {
  return text.length <= 64 && /^[0-9.]+$/.test(text) ? text.replace(/(^|\.)0+(?=[0-9])/g, '$1') : text;
}

/** What is wrong with an address: no address, leading zeros, or IPv4 in IPv6's clothes, which two programs may read in two ways. */
export function ipErrors(text: string): readonly string[] {
  if (ipFamily(text) === 0) return ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'];
  if (isIP(text) === 0) return ['must not have leading 0s'];
  return isMapped(text) ? ['must not be an IPv4-mapped IPv6 address'] : SOUND;
}

/** What is wrong with an address that is a key: it must be written in the one canonical way. */
export function canonicalIpErrors(text: string): readonly string[] {
  const errors = ipErrors(text);
  if (errors.length > 0 || canonicalIp(text) === text) return errors;
  return [`must be in canonical form ("${canonicalIp(text)}")`];
}

/** RFC 5952 for IPv6, as URLs write it. */
function canonicalIp(text: string): string {
  return text.includes(':') ? new URL(`http://[${text}]`).hostname.slice(1, -1) : text;
}

function isMapped(text: string): boolean {
  return text.includes(':') && /^::ffff:[0-9a-f]+:[0-9a-f]+$/.test(canonicalIp(text));
}

/** The family of `10.9.8.0/24`, or 0. */
export function cidrFamily(text: string): 4 | 6 | 0 {
  const slash = text.indexOf('/');
  if (slash < 0) return 0;
  const family = ipFamily(text.slice(0, slash));
  const bits = text.slice(slash + 1);
  if (family === 0 || !/^[0-9]{1,3}$/.test(bits)) return 0;
  return Number(bits) <= (family === 4 ? 32 : 128) ? family : 0;
}

/** What is wrong with a range: no range, leading zeros, IPv4 in IPv6's clothes, or bits of an address inside it. */
export function cidrErrors(text: string): readonly string[] {
  if (cidrFamily(text) === 0) return ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'];
  const [address, bits] = splitCidr(text);
  if (isIP(address) === 0 || String(Number(bits)) !== bits) return ['must not have leading 0s in IP or prefix length'];
  if (isMapped(address)) return ['must not have an IPv4-mapped IPv6 address'];
  return maskedIp(address, Number(bits)) === canonicalIp(address)
    ? SOUND
    : ['must not have bits set beyond the prefix length'];
}

/** What is wrong with a range that must be written in the one canonical way. */
export function canonicalCidrErrors(text: string): readonly string[] {
  const errors = cidrErrors(text);
  if (errors.length > 0) return errors;
  const [address, bits] = splitCidr(text);
  const canonical = `${canonicalIp(address)}/${bits}`;
  return canonical === text ? SOUND : [`must be in canonical form ("${canonical}")`];
}

/** What is wrong with an address and how long its network's prefix is, `10.9.8.7/24`, in the one canonical way. */
export function canonicalInterfaceErrors(text: string): readonly string[] {
  if (cidrFamily(text) === 0) return ['must be a valid address in CIDR form, (e.g. 10.9.8.7/24 or 2001:db8::1/64)'];
  const [address, bits] = splitCidr(text);
  const canonical = `${canonicalIp(withoutLeadingZeros(address))}/${Number(bits)}`;
  return canonical === text ? SOUND : [`must be in canonical form ("${canonical}")`];
}

function splitCidr(text: string): [address: string, bits: string] {
  const slash = text.indexOf('/');
  return [text.slice(0, slash), text.slice(slash + 1)];
}

/** The first address of the range that an address is in, in canonical form. */
function maskedIp(address: string, bits: number): string {
  const [groups, width] = address.includes(':')
    ? [ipv6Groups(canonicalIp(address)), 16]
    : [address.split('.').map(Number), 8];
  const masked = groups.map((group, i) => group & keptBits(bits - i * width, width));
  return width === 8 ? masked.join('.') : canonicalIp(masked.map((group) => group.toString(16)).join(':'));
}

function keptBits(count: number, width: number): number {
  const kept = Math.min(Math.max(count, 0), width);
  return (2 ** kept - 1) * 2 ** (width - kept);
}

/** The eight numbers of a canonical address. */
function ipv6Groups(text: string): number[] {
  const [head = [], tail = []] = text.split('::').map((part) => (part === '' ? [] : part.split(':')));
  const zeros = text.includes('::') ? 8 - head.length - tail.length : 0;
  return [...head, ...Array.from({ length: zeros }, () => '0'), ...tail].map((group) => Number.parseInt(group, 16));
}

/**
 * Complains about an address that is not as one must be today. The rules were laxer once: what is among the `known` values of the
 * object before its change stays.
 */
export function validateIp(text: string, path: Path, errors: FieldErrors, known: readonly string[] = []): void {
  const problems = ipErrors(text);
  if (problems.length > 0 && !known.includes(text)) errors.invalidEach(path, text, problems);
}

/** The same for a range. */
export function validateCidr(text: string, path: Path, errors: FieldErrors, known: readonly string[] = []): void {
  const problems = cidrErrors(text);
  if (problems.length > 0 && !known.includes(text)) errors.invalidEach(path, text, problems);
}

/** The four numbers of an IPv4 address, also where IPv6 wraps it. */
function ipv4Numbers(text: string): readonly number[] | undefined {
  const plain = /^::ffff:([0-9.]+)$/i.exec(text)?.[1] ?? text;
  return ipFamily(plain) === 4 ? plain.split('.').map(Number) : undefined;
}

/** Complains about addresses that can be no endpoint: unspecified, loopback, link-local. */
export function validateEndpointAddress(text: string, path: Path, errors: FieldErrors): void {
  const family = ipFamily(text);
  if (family === 0) {
    errors.invalid(path, text, 'must be a valid IP address');
    return;
  }
  const [a, b, c] = ipv4Numbers(text) ?? [];
  const groups = a === undefined ? new URL(`http://[${text}]`).hostname.slice(1, -1) : '';
  if (groups === '::' || /^0+(\.0+){3}$/.test(text)) errors.invalid(path, text, `may not be unspecified (${text})`);
  if (a === 127 || groups === '::1')
    errors.invalid(path, text, 'may not be in the loopback range (127.0.0.0/8, ::1/128)');
  if ((a === 169 && b === 254) || /^fe[89ab][0-9a-f]:/.test(groups))
    errors.invalid(path, text, 'may not be in the link-local range (169.254.0.0/16, fe80::/10)');
  if ((a === 224 && b === 0 && c === 0) || /^ff[0-9a-f]2:/.test(groups))
    errors.invalid(path, text, 'may not be in the link-local multicast range (224.0.0.0/24, ff02::/10)');
}
