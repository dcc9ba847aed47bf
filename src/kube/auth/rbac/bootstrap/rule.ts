import type { PolicyRule } from '../types.ts';

/** A role as the tables have it: name, rules, and labels of their own. */
export interface RoleRow {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
  readonly labels?: Readonly<Record<string, string>>;
  /** The label whose cluster roles are joined in this one. */
  readonly aggregates?: string;
}

/** A rule on resources. Lists are words with spaces between them; the core group is `core` among others, or ''. */
export function rule(verbs: string, groups: string, resources: string, names = ''): PolicyRule {
  return {
    verbs: words(verbs).sort(),
    apiGroups: groups === '' ? [''] : words(groups).map((group) => (group === 'core' ? '' : group)),
    resources: words(resources).sort(),
    ...(names === '' ? {} : { resourceNames: words(names).sort() }),
  };
}

/** A rule on paths. */
export function paths(verbs: string, urls: string): PolicyRule {
  return { verbs: words(verbs).sort(), nonResourceURLs: words(urls).sort() };
}

function words(text: string): string[] {
  return text.split(/\s+/).filter((word) => word !== '');
}

export const READ = 'get list watch';
export const WRITE = 'create delete deletecollection patch update';
export const READ_WRITE = `${READ} ${WRITE}`;
/** The group of events of old and that of today. */
export const EVENT_GROUPS = 'core events.k8s.io';

/** Nearly everybody tells of what they do. */
export const EVENTS = rule('create patch update', EVENT_GROUPS, 'events');
