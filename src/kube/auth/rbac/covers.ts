import type { PolicyRule } from './types.ts';

/** Rules that `owner` does not hold, of those in `wanted`, one verb on one thing each; none: all are covered. */
export function uncovered(owner: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  return wanted.flatMap(breakDown).filter((rule) => !owner.some((held) => covers(held, rule)));
}

/** Splits a rule into rules of one verb, group, resource and name, or of one verb and path. */
function breakDown(rule: PolicyRule): PolicyRule[] {
  const resources = (rule.apiGroups ?? []).flatMap((group) =>
    (rule.resources ?? []).flatMap((resource) =>
      rule.verbs.flatMap((verb): PolicyRule[] => {
        const one = { verbs: [verb], apiGroups: [group], resources: [resource] };
        const names = rule.resourceNames ?? [];
        return names.length === 0 ? [one] : names.map((name) => ({ ...one, resourceNames: [name] }));
      }),
    ),
  );
  const paths = (rule.nonResourceURLs ?? []).flatMap((path) =>
    rule.verbs.map((verb) => ({ verbs: [verb], nonResourceURLs: [path] })),
  );
  return [...resources, ...paths];
}

function covers(held: PolicyRule, rule: PolicyRule): boolean {
  if (!hasAll(held.verbs, rule.verbs)) return false;
  if (rule.nonResourceURLs !== undefined) {
    return rule.nonResourceURLs.every((path) => (held.nonResourceURLs ?? []).some((one) => coversPath(one, path)));
  }
  const names = held.resourceNames ?? [];
  const wantedNames = rule.resourceNames ?? [];
  return (
    hasAll(held.apiGroups, rule.apiGroups) &&
    (rule.resources ?? []).every((resource) => coversResource(held.resources ?? [], resource)) &&
    (names.length === 0 || (wantedNames.length > 0 && wantedNames.every((name) => names.includes(name))))
  );
}

function hasAll(held: readonly string[] = [], wanted: readonly string[] = []): boolean {
  return held.includes('*') || wanted.every((one) => held.includes(one));
}

function coversResource(held: readonly string[], resource: string): boolean {
  if (held.includes('*') || held.includes(resource)) return true;
  const slash = resource.indexOf('/');
  return slash >= 0 && held.includes(`*${resource.slice(slash)}`);
}

function coversPath(held: string, path: string): boolean {
  return held === path || (held.endsWith('*') && path.startsWith(held.slice(0, -1)));
}

/** Joins rules that differ in their verbs alone, and prints them as upstream's messages do, sorted. */
export function describeRules(rules: readonly PolicyRule[]): string {
  const byTarget = new Map<string, PolicyRule>();
  for (const rule of rules) {
    const { verbs, ...target } = rule;
    const key = JSON.stringify(target);
    byTarget.set(key, { ...target, verbs: [...(byTarget.get(key)?.verbs ?? []), ...verbs] });
  }
  return [...byTarget.values()].map(describe).sort().join('\n');
}

function describe(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', [...new Set(rule.verbs)]],
  ];
  const texts = parts.flatMap(([name, values]) => (values?.length ? [`${name}:${quoteAll(values)}`] : []));
  return `{${texts.join(', ')}}`;
}

/** `["a" "b"]`, as Go prints lists of quoted texts. */
export function quoteAll(values: readonly string[]): string {
  return `[${values.map((value) => JSON.stringify(value)).join(' ')}]`;
}
