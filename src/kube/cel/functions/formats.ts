import {
  dns1035LabelErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  labelValueErrors,
  qualifiedNameErrors,
} from '#kube/api/values';
import { parseTimestamp } from '../values/time.ts';
import { ArrayList, Opaque, Optional } from '../values/value.ts';
import { type Overload, overload } from './overload.ts';

type Check = (text: string) => readonly string[];

class FormatValue extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly check: Check;

  constructor(name: string, check: Check) {
    super();
    this.name = name;
    this.check = check;
  }

  equals(other: Opaque): boolean {
    return other instanceof FormatValue && other.name === this.name;
  }
}

const UUID = /^[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}$/i;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const prefixOf =
  (check: Check): Check =>
  (text) =>
    check(text.endsWith('-') ? `${text.slice(0, -1)}a` : text);

const simple =
  (isRight: (text: string) => boolean, complaint: string): Check =>
  (text) =>
    isRight(text) ? [] : [complaint];

const FORMATS: readonly [string, Check][] = [
  ['dns1123Label', dnsLabelErrors],
  ['dns1123Subdomain', dnsSubdomainErrors],
  ['dns1035Label', dns1035LabelErrors],
  ['qualifiedName', qualifiedNameErrors],
  ['dns1123LabelPrefix', prefixOf(dnsLabelErrors)],
  ['dns1123SubdomainPrefix', prefixOf(dnsSubdomainErrors)],
  ['dns1035LabelPrefix', prefixOf(dns1035LabelErrors)],
  ['labelValue', labelValueErrors],
  ['uri', simple((text) => URL.canParse(text) || text.startsWith('/'), 'invalid URI')],
  ['uuid', simple((text) => UUID.test(text), 'does not match the UUID format')],
  ['byte', simple((text) => BASE64.test(text), 'invalid base64')],
  ['date', simple((text) => parseTimestamp(`${text}T00:00:00Z`) !== undefined, 'invalid date')],
  ['datetime', simple((text) => parseTimestamp(text) !== undefined, 'invalid datetime')],
];

function validate({ check }: FormatValue, text: string): Optional {
  const errors = check(text);
  return errors.length === 0 ? Optional.none : new Optional(new ArrayList(errors));
}

/** `format.dns1123Label().validate(…)`. */
export function formats(): Overload[] {
  const all = new Map(FORMATS.map(([name, check]) => [name, new FormatValue(name, check)]));
  return [
    ...[...all].map(([name, format]) => overload(`format.${name}(): Format`, () => format)),
    overload('format.named(string): optional<Format>', (name: string) => {
      const format = all.get(name);
      return format === undefined ? Optional.none : new Optional(format);
    }),
    overload('Format.validate(string): optional<list<string>>', validate, {
      cost: ([, text = 1]) => 1 + Math.ceil(text * 0.1) * 10,
    }),
  ];
}
