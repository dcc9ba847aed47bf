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

/** `must be a valid IP address, …`. */
export function ipErrors(text: string): readonly string[] {
  return ipFamily(text) === 0 ? ['must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)'] : SOUND;
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

/** `must be a valid CIDR value, …`. */
export function cidrErrors(text: string): readonly string[] {
  return cidrFamily(text) === 0 ? ['must be a valid CIDR value, (e.g. 10.9.8.0/24 or 2001:db8::/64)'] : SOUND;
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
