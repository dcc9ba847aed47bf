import { isIP, isIPv4, isIPv6 } from 'node:net';

const CIDR = /^(.+)\/(\d{1,3})$/;
const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const DATE_TIME = /^\d{4}-(\d\d)-(\d\d)[Tt](\d\d):(\d\d):(\d\d)(?:[.,]\d+)?(?:[Zz]|[+-]\d\d:\d\d)$/;
const DURATION =
  /^([+-]?)(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h)(?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))*$/;
const LONG_DURATION =
  /^\d+ *(?:n|ns|nano|nanos|u|us|µ|µs|micro|micros|m|ms|milli|millis|s|sec|secs|second|seconds|min|mins|minute|minutes|h|hr|hour|hours|d|day|days|w|wk|week|weeks)s?$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const HOST_LABEL = /^(?!-)[a-z0-9-]{1,63}(?<!-)$/i;
const EMAIL = /^[^\s@<>(),;:\\"[\]]{1,64}@[^\s@<>(),;:\\"[\]]{1,255}$/;

function isDate(text: string): boolean {
  const parts = /^(\d{4})-(\d\d)-(\d\d)$/.exec(text);
  if (parts === null) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
}

function isDateTime(text: string): boolean {
  const parts = DATE_TIME.exec(text);
  if (parts === null || !isDate(text.slice(0, 10))) return false;
  return Number(parts[3]) < 24 && Number(parts[4]) < 60 && Number(parts[5]) < 60;
}

/** An address and a prefix length that it has room for. */
function isCidr(text: string): boolean {
  const parts = CIDR.exec(text);
  if (parts === null) return false;
  const family = isIP(parts[1] ?? '');
  return family !== 0 && Number(parts[2]) <= (family === 4 ? 32 : 128);
}

function isHostname(text: string): boolean {
  return (
    text.length <= 255 &&
    text
      .replace(/\.$/, '')
      .split('.')
      .every((label) => HOST_LABEL.test(label))
  );
}

function isUuid(version?: string): (text: string) => boolean {
  return (text) => UUID.test(text) && (version === undefined || text.replaceAll('-', '')[12] === version);
}

function isIsbn(length: 10 | 13): (text: string) => boolean {
  return (text) => {
    const digits = text.replace(/[\s-]/g, '');
    if (length === 10) {
      if (!/^\d{9}[\dX]$/.test(digits)) return false;
      const sum = [...digits].reduce((total, digit, at) => total + (10 - at) * (digit === 'X' ? 10 : Number(digit)), 0);
      return sum % 11 === 0;
    }
    if (!/^\d{13}$/.test(digits)) return false;
    return [...digits].reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3), 0) % 10 === 0;
  };
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[\s-]/g, '');
  if (!/^\d{13,16}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const doubled = Number(digit) * (at % 2 === 0 ? 1 : 2);
    return total + (doubled > 9 ? doubled - 9 : doubled);
  }, 0);
  return sum % 10 === 0;
}

/** The formats that strings are checked for; others are only told to people, as JSON schema has it. */
const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map([
  ['bsonobjectid', (text) => /^[0-9a-f]{24}$/i.test(text)],
  ['uri', (text) => URL.canParse(text) || text.startsWith('/')],
  ['email', (text) => EMAIL.test(text)],
  ['hostname', isHostname],
  ['ipv4', isIPv4],
  ['ipv6', isIPv6],
  ['cidr', isCidr],
  ['mac', (text) => /^(?:[0-9a-f]{2}([:-]))(?:[0-9a-f]{2}\1){4}[0-9a-f]{2}$/i.test(text)],
  ['uuid', isUuid()],
  ['uuid3', isUuid('3')],
  ['uuid4', isUuid('4')],
  ['uuid5', isUuid('5')],
  ['isbn', (text) => isIsbn(10)(text) || isIsbn(13)(text)],
  ['isbn10', isIsbn(10)],
  ['isbn13', isIsbn(13)],
  ['creditcard', isCreditCard],
  ['ssn', (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text)],
  ['hexcolor', (text) => /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text)],
  ['rgbcolor', (text) => /^rgb\(\s*(?:\d{1,3}\s*,\s*){2}\d{1,3}\s*\)$/.test(text)],
  ['byte', (text) => BASE64.test(text)],
  ['password', () => true],
  ['date', isDate],
  ['date-time', isDateTime],
  ['datetime', isDateTime],
  ['duration', (text) => DURATION.test(text) || LONG_DURATION.test(text)],
]);

/** The check of a format's strings; undefined for a format that nobody checks. */
export function formatCheck(format: string | undefined): ((text: string) => boolean) | undefined {
  return format === undefined ? undefined : FORMATS.get(format);
}
