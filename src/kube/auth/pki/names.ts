import { isIP } from 'node:net';
import { HakoError } from '#base';
import {
  childrenOf,
  type Der,
  element,
  implicit,
  octetString,
  oid,
  oidText,
  sequence,
  set,
  stringText,
  TAG,
  utf8,
} from './der.ts';

/** The two parts of a subject that Kubernetes reads: user name and groups. */
export interface Subject {
  readonly commonName: string;
  readonly organizations?: readonly string[];
}

/** For whom else a certificate speaks (RFC 5280, 4.2.1.6). */
export interface AlternativeNames {
  readonly dnsNames?: readonly string[];
  readonly ipAddresses?: readonly string[];
  readonly emailAddresses?: readonly string[];
  readonly uris?: readonly string[];
}

const COMMON_NAME = '2.5.4.3';
const ORGANIZATION = '2.5.4.10';

/** The Name of a subject. */
export function encodeName({ commonName, organizations = [] }: Subject): Buffer {
  const attribute = (type: string, value: string) => set(sequence(oid(type), utf8(value)));
  return sequence(...organizations.map((one) => attribute(ORGANIZATION, one)), attribute(COMMON_NAME, commonName));
}

/** Reads CN (the last one counts) and all O of a Name. */
export function decodeName(name: Der): Required<Subject> {
  let commonName = '';
  const organizations: string[] = [];
  for (const attribute of childrenOf(name, TAG.sequence).flatMap((one) => childrenOf(one, TAG.set))) {
    const [type, value] = childrenOf(attribute, TAG.sequence);
    if (value === undefined) continue;
    const id = oidText(type);
    if (id === COMMON_NAME) commonName = stringText(value);
    else if (id === ORGANIZATION) organizations.push(stringText(value));
  }
  return { commonName, organizations };
}

/** Tags of GeneralName. */
const EMAIL = 1;
const DNS = 2;
const URI = 6;
const IP = 7;

/** The value of the subjectAltName extension; undefined where there are no names. */
export function encodeAlternativeNames(names: AlternativeNames): Buffer | undefined {
  const ascii = (tag: number, texts: readonly string[] = []) => texts.map((text) => implicit(tag, Buffer.from(text)));
  const all = [
    ...ascii(DNS, names.dnsNames),
    ...ascii(EMAIL, names.emailAddresses),
    ...(names.ipAddresses ?? []).map((address) => implicit(IP, addressBytes(address))),
    ...ascii(URI, names.uris),
  ];
  return all.length === 0 ? undefined : sequence(...all);
}

/** Reads the value of a subjectAltName extension. Other kinds of names are an error: nobody would check them. */
export function decodeAlternativeNames(value: Der): Required<AlternativeNames> {
  const names = {
    dnsNames: [] as string[],
    ipAddresses: [] as string[],
    emailAddresses: [] as string[],
    uris: [] as string[],
  };
  for (const { tag, content } of childrenOf(value, TAG.sequence)) {
    if (tag === (0x80 | DNS)) names.dnsNames.push(content.toString('latin1'));
    else if (tag === (0x80 | EMAIL)) names.emailAddresses.push(content.toString('latin1'));
    else if (tag === (0x80 | URI)) names.uris.push(content.toString('latin1'));
    else if (tag === (0x80 | IP)) names.ipAddresses.push(addressText(content));
    else throw new HakoError('invalid', 'the request asks for a kind of alternative name that is not supported');
  }
  return names;
}

/** The bytes of an IPv4 or IPv6 address. */
function addressBytes(address: string): Buffer {
  const version = isIP(address);
  if (version === 4) return Buffer.from(address.split('.').map(Number));
  if (version !== 6) throw new HakoError('invalid', `"${address}" is no IP address`);
  return Buffer.from(expandIpv6(address));
}

function expandIpv6(address: string): number[] {
  const dotted = /^(.*:)(\d+)\.(\d+)\.(\d+)\.(\d+)$/.exec(address.replace(/%.*$/, ''));
  const [, prefix = '', a = 0, b = 0, c = 0, d = 0] = dotted ?? [];
  const hex = (high: string | number, low: string | number) => (Number(high) * 256 + Number(low)).toString(16);
  const text = dotted === null ? address.replace(/%.*$/, '') : `${prefix}${hex(a, b)}:${hex(c, d)}`;
  const [head = '', tail] = text.split('::');
  const groups = (part: string) =>
    part
      .split(':')
      .filter(Boolean)
      .map((one) => Number.parseInt(one, 16));
  const before = groups(head);
  const after = tail === undefined ? [] : groups(tail);
  const zeros = tail === undefined ? 0 : 8 - before.length - after.length;
  return [...before, ...Array<number>(zeros).fill(0), ...after].flatMap((group) => [group >> 8, group & 0xff]);
}

function addressText(bytes: Buffer): string {
  if (bytes.length === 4) return [...bytes].join('.');
  if (bytes.length !== 16) throw new HakoError('invalid', 'an IP address of the request has a wrong length');
  const groups = Array.from({ length: 8 }, (_, index) => bytes.readUInt16BE(index * 2).toString(16));
  return new URL(`http://[${groups.join(':')}]`).hostname.slice(1, -1);
}

/** One extension (RFC 5280, 4.1): `value` is the DER inside. */
export function extension(id: string, value: Uint8Array, critical = false): Buffer {
  const flag = critical ? [element(TAG.boolean, Uint8Array.of(0xff))] : [];
  return sequence(oid(id), ...flag, octetString(value));
}
