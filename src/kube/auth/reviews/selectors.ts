import type { FieldRequirement, LabelRequirement } from '#kube/api';
import {
  formatFieldMatcher,
  formatLabelMatcher,
  isStatusError,
  parseFieldSelector,
  parseLabelSelector,
} from '#kube/api';

/** A selector in a review: as text, or in parts. */
export interface SelectorAttributes {
  readonly rawSelector?: string;
  readonly requirements?: readonly {
    readonly key: string;
    readonly operator: string;
    readonly values?: readonly string[];
  }[];
}

/**
 * The text of a selector for authorizers. What cannot be read is left out and noted in `errors`: an authorizer that knows less of a
 * request allows less.
 */
export function selectorText(
  selector: SelectorAttributes | undefined,
  kind: 'field' | 'label',
  errors: string[],
): string | undefined {
  const { rawSelector = '', requirements = [] } = selector ?? {};
  if (rawSelector !== '') return isReadable(rawSelector, kind, errors) ? rawSelector : undefined;
  if (requirements.length === 0) return undefined;
  const text = kind === 'field' ? fieldText(requirements, errors) : labelText(requirements, errors);
  return text === '' ? undefined : text;
}

type Requirements = NonNullable<SelectorAttributes['requirements']>;

function isReadable(text: string, kind: 'field' | 'label', errors: string[]): boolean {
  try {
    if (kind === 'field') parseFieldSelector(text);
    else parseLabelSelector(text);
    return true;
  } catch (error) {
    if (!isStatusError(error, 'BadRequest')) throw error;
    errors.push(`spec.resourceAttributes.${kind}Selector ignored due to parse error`);
    return false;
  }
}

function fieldText(requirements: Requirements, errors: string[]): string {
  const known = requirements.flatMap(({ key, operator, values = [] }): FieldRequirement[] => {
    const [value] = values;
    if (value !== undefined && values.length === 1 && (operator === 'In' || operator === 'NotIn')) {
      return [{ field: key, value, negated: operator === 'NotIn' }];
    }
    errors.push(
      `fieldSelector requirement "${key} ${operator}" ignored: only In and NotIn with one value are supported`,
    );
    return [];
  });
  return formatFieldMatcher(known);
}

const OPERATORS: ReadonlyMap<string, LabelRequirement['operator']> = new Map([
  ['In', 'in'],
  ['NotIn', 'notin'],
  ['Exists', 'exists'],
  ['DoesNotExist', '!'],
]);

function labelText(requirements: Requirements, errors: string[]): string {
  const known = requirements.flatMap(({ key, operator, values = [] }): LabelRequirement[] => {
    const found = OPERATORS.get(operator);
    if (found !== undefined) return [{ key, operator: found, values }];
    errors.push(`labelSelector requirement "${key} ${operator}" ignored: unknown operator`);
    return [];
  });
  return formatLabelMatcher(known);
}
