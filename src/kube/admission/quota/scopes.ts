import type { Shared } from '#kube/api';
import type { ResourceQuota, ScopedResourceSelectorRequirement } from '#kube/api/resources';

/** All the scopes of a quota, which must all hold: those of the short list exist or not, those of the selector may be more. */
export function scopesOf({ spec }: Shared<ResourceQuota>): Shared<ScopedResourceSelectorRequirement>[] {
  const short = (spec?.scopes ?? []).map((scopeName) => ({ scopeName, operator: 'Exists' }));
  return [...short, ...(spec?.scopeSelector?.matchExpressions ?? [])];
}

/** Does a scope that is about a name (of a priority class, say) hold for `value`, '' being none? */
export function matchesValue(
  { operator, values = [] }: Shared<ScopedResourceSelectorRequirement>,
  value: string,
): boolean {
  switch (operator) {
    case 'Exists':
      return value !== '';
    case 'DoesNotExist':
      return value === '';
    case 'In':
      return value !== '' && values.includes(value);
    case 'NotIn':
      return value === '' || !values.includes(value);
    default:
      return false;
  }
}
