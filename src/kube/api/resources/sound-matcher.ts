import { type LabelMatcher, type LabelSelector, labelMatcher } from '../selector/mod.ts';

const OPERATORS = ['In', 'NotIn', 'Exists', 'DoesNotExist'];

/** The matcher of a selector; undefined for none, and for unknown operators, which validation complains of. */
export function soundMatcher(selector: LabelSelector | undefined): LabelMatcher | undefined {
  const { matchExpressions = [] } = selector ?? {};
  return matchExpressions.every(({ operator }) => OPERATORS.includes(operator)) ? labelMatcher(selector) : undefined;
}
