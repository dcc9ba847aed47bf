import { HakoError } from '#base';
import { bitFlags, oid, sequence } from './der.ts';
import { extension } from './names.ts';

/** Bits of keyUsage (RFC 5280, 4.2.1.3) by their names in the certificates API. */
const KEY_USAGES: ReadonlyMap<string, number> = new Map([
  ['signing', 0],
  ['digital signature', 0],
  ['content commitment', 1],
  ['key encipherment', 2],
  ['data encipherment', 3],
  ['key agreement', 4],
  ['cert sign', 5],
  ['crl sign', 6],
  ['encipher only', 7],
  ['decipher only', 8],
]);

/** extendedKeyUsage (4.2.1.12). */
const EXTENDED_USAGES: ReadonlyMap<string, string> = new Map([
  ['any', '2.5.29.37.0'],
  ['server auth', '1.3.6.1.5.5.7.3.1'],
  ['client auth', '1.3.6.1.5.5.7.3.2'],
  ['code signing', '1.3.6.1.5.5.7.3.3'],
  ['email protection', '1.3.6.1.5.5.7.3.4'],
  ['s/mime', '1.3.6.1.5.5.7.3.4'],
  ['ipsec end system', '1.3.6.1.5.5.7.3.5'],
  ['ipsec tunnel', '1.3.6.1.5.5.7.3.6'],
  ['ipsec user', '1.3.6.1.5.5.7.3.7'],
  ['timestamping', '1.3.6.1.5.5.7.3.8'],
  ['ocsp signing', '1.3.6.1.5.5.7.3.9'],
  ['microsoft sgc', '1.3.6.1.4.1.311.10.3.3'],
  ['netscape sgc', '2.16.840.1.113730.4.1'],
]);

/** The extensions that say what a certificate is for, from the names that the certificates API uses (`digital signature`, `client auth`). */
export function usageExtensions(usages: readonly string[]): Buffer[] {
  const unknown = usages.find((usage) => !KEY_USAGES.has(usage) && !EXTENDED_USAGES.has(usage));
  if (unknown !== undefined) throw new HakoError('invalid', `unrecognized usage: ${JSON.stringify(unknown)}`);
  const bits = usages.flatMap((usage) => KEY_USAGES.get(usage) ?? []);
  const extended = [...new Set(usages.flatMap((usage) => EXTENDED_USAGES.get(usage) ?? []))];
  return [
    ...(bits.length === 0 ? [] : [extension('2.5.29.15', bitFlags(bits), true)]),
    ...(extended.length === 0 ? [] : [extension('2.5.29.37', sequence(...extended.map(oid)))]),
  ];
}
