import type { CollectionTag, ScalarTag, Tags } from 'yaml';
import { exactNumber } from '../json/raw-number.ts';

/**
 * How plain scalars are read: as Go's YAML 1.1 library does behind kubectl and the API server, where `yes`, `on` and
 * `n` are booleans and `0777` is octal, but `1:30` is a string and so is a date.
 */
const TRUE = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$/;
const BOOLEAN = /^(?:y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON|n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$/;
const INTEGER = /^[-+]?(?:0|[1-9][0-9_]*)$/;
const RADIX = /^[-+]?(?:0b[01_]+|0x[0-9a-fA-F_]+|0o?[0-7_]+)$/;
const FLOAT = /^[-+]?(?:[0-9][0-9_]*\.?[0-9_]*|\.[0-9_]+)(?:[eE][-+]?[0-9]+)?$/;

const boolean: ScalarTag = {
  identify: (value) => typeof value === 'boolean',
  default: true,
  tag: 'tag:yaml.org,2002:bool',
  test: BOOLEAN,
  resolve: (text) => TRUE.test(text),
};

function number(tag: 'int' | 'float', test: RegExp, read: (text: string) => unknown): ScalarTag {
  return {
    identify: (value) => typeof value === 'number',
    default: true,
    tag: `tag:yaml.org,2002:${tag}`,
    test,
    resolve: (text, onError) => {
      const value = read(text.replaceAll('_', ''));
      if (value === undefined) onError(`${text} is no number that can be kept`);
      return value;
    },
  };
}

function readInteger(text: string): unknown {
  return exactNumber(text.startsWith('+') ? text.slice(1) : text);
}

/** `0x1f`, `0b11`, `0o17` and `017`; BigInt knows no bare leading zero and no sign. */
function readRadix(text: string): unknown {
  const sign = text.startsWith('-') ? '-' : '';
  const digits = text.replace(/^[-+]/, '').replace(/^0(?=[0-7])/, '0o');
  return exactNumber(sign + String(BigInt(digits)));
}

/** The tags in the order in which they are tried; collections and strings as the library has them. */
export function goTags(tags: Tags): Tags {
  const kept = tags.filter((tag): tag is ScalarTag | CollectionTag => {
    return typeof tag === 'object' && !/:(bool|int|float)$/.test(tag.tag);
  });
  return [
    ...kept,
    boolean,
    number('int', INTEGER, readInteger),
    number('int', RADIX, readRadix),
    number('float', FLOAT, (text) => (Number.isFinite(Number(text)) ? Number(text) : undefined)),
  ];
}
