import { badRequest } from '../status.ts';

/** One condition of a field selector: fields know equality only. */
export interface FieldRequirement {
  readonly field: string;
  readonly value: string;
  readonly negated: boolean;
}

/** Requirements that must all hold; none: everything matches. */
export type FieldMatcher = readonly FieldRequirement[];

/** Does every requirement hold? `textOf` gives a field's value as text, '' for one that is absent. */
export function matchesFields(matcher: FieldMatcher, textOf: (field: string) => string): boolean {
  return matcher.every(({ field, value, negated }) => (textOf(field) === value) !== negated);
}

/** Parses `fieldSelector=`: `metadata.name=a,status.phase!=Running`; `\`, `,` and `=` in values are escaped by `\`. Throws a 400. */
export function parseFieldSelector(text: string): FieldMatcher {
  return splitUnescaped(text)
    .filter((part) => part.trim() !== '')
    .map((part) => parseRequirement(part, text));
}

function parseRequirement(part: string, text: string): FieldRequirement {
  const found = /^([^=!]*)(==|!=|=)(.*)$/s.exec(part);
  if (found === null)
    throw badRequest(`invalid selector: '${text.slice(0, 256)}'; can't understand '${part.slice(0, 256)}'`);
  const [, field = '', operator, value = ''] = found;
  return { field: field.trim(), value: unescapeValue(value), negated: operator === '!=' };
}

function splitUnescaped(text: string): string[] {
  const parts: string[] = [];
  let start = 0;
  for (let at = 0; at < text.length; at++) {
    if (text[at] === '\\') at++;
    else if (text[at] === ',') {
      parts.push(text.slice(start, at));
      start = at + 1;
    }
  }
  parts.push(text.slice(start));
  return parts;
}

function unescapeValue(value: string): string {
  return value.replace(/\\([\\,=])/g, '$1');
}

/** The text of a matcher, as it would be parsed. */
export function formatFieldMatcher(matcher: FieldMatcher): string {
  return matcher
    .map(({ field, value, negated }) => `${field}${negated ? '!=' : '='}${value.replace(/[\\,=]/g, '\\$&')}`)
    .join(',');
}
