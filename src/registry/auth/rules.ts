import { readFileSync } from 'node:fs';
import { HakoError, parseYaml } from '#base';

/** What may be done with a repository. Whoever pushes may also delete only where it says so. */
export type Action = 'pull' | 'push' | 'delete';
export const ACTIONS: readonly Action[] = ['pull', 'push', 'delete'];

/** One line of rights. Rights add up: what no rule gives is refused. */
export interface Rule {
  /** Names; `*` is everybody who signed in, `anonymous` everybody. */
  users: readonly string[];
  /** Names; `*` stands for any part of one component, `**` for anything. */
  repositories: readonly string[];
  actions: readonly Action[];
}

/** Who signs in may do everything: the rules where none are given. */
export const DEFAULT_RULES: readonly Rule[] = [{ users: ['*'], repositories: ['**'], actions: ACTIONS }];

/** Rights by user and repository. */
export class Rules {
  readonly #rules: readonly {
    users: ReadonlySet<string>;
    repositories: readonly RegExp[];
    actions: ReadonlySet<Action>;
  }[];

  constructor(rules: readonly Rule[]) {
    this.#rules = rules.map(({ users, repositories, actions }) => ({
      users: new Set(users),
      repositories: repositories.map(toPattern),
      actions: new Set(actions),
    }));
  }

  /** `user` is undefined for one who did not sign in. */
  may(user: string | undefined, action: Action, repository: string): boolean {
    return this.#rules.some(({ users, repositories, actions }) => {
      return actions.has(action) && includes(users, user) && repositories.some((pattern) => pattern.test(repository));
    });
  }
}

function includes(users: ReadonlySet<string>, user: string | undefined): boolean {
  if (users.has('anonymous')) return true;
  return user !== undefined && (users.has('*') || users.has(user));
}

function toPattern(glob: string): RegExp {
  const parts = glob.split(/(\*\*|\*)/).map((part) => {
    if (part === '**') return '.*';
    return part === '*' ? '[^/]*' : part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
  });
  return new RegExp(`^${parts.join('')}$`);
}

/** Reads `rules:` of a YAML (or JSON) file; throws `invalid` naming the place. */
export function readRules(path: string): Rule[] {
  const document: unknown = parseYaml(readFileSync(path, 'utf8'));
  const rules = typeof document === 'object' && document !== null && 'rules' in document ? document.rules : undefined;
  if (!Array.isArray(rules)) throw new HakoError('invalid', `${path} has no list "rules"`);
  return rules.map((rule, index) => readRule(rule, `${path}: rules[${index}]`));
}

function readRule(rule: unknown, where: string): Rule {
  const fields = new Map(Object.entries(typeof rule === 'object' && rule !== null ? rule : {}));
  const unknown = [...fields.keys()].find((key) => !['users', 'repositories', 'actions'].includes(key));
  if (unknown !== undefined) throw new HakoError('invalid', `${where}: there is no "${unknown}" in a rule`);
  const texts = (key: string): string[] => {
    const list: unknown = fields.get(key);
    if (Array.isArray(list) && list.every((item) => typeof item === 'string')) return list;
    throw new HakoError('invalid', `${where}: "${key}" must be a list of texts`);
  };
  const actions = texts('actions').map((text) => {
    const action = ACTIONS.find((known) => known === text);
    if (action !== undefined) return action;
    throw new HakoError('invalid', `${where}: "${text}" is no action: write ${ACTIONS.join(', ')}`);
  });
  return { users: texts('users'), repositories: texts('repositories'), actions };
}
