import { isIP } from 'node:net';
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
