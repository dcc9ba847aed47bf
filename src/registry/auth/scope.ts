import { isRepositoryName } from '../names.ts';
import { ACTIONS, type Action } from './rules.ts';
import type { Grant } from './tokens.ts';

/** One request never needs more: a push with mounts asks for two. */
const MAX_SCOPES = 32;

/** `scope` parameters of a token request: `repository:<name>:<action>,…`, maybe several in one, parted by spaces. */
export function parseScopes(parameters: readonly string[]): Grant[] {
  const scopes = parameters.flatMap((text) => text.split(' ')).filter((text) => text !== '');
  return scopes.slice(0, MAX_SCOPES).flatMap((text) => parseScope(text) ?? []);
}

function parseScope(text: string): Grant | undefined {
  const match = /^repository(?:\([a-z0-9]+\))?:([^:]+):([a-z,*]+)$/.exec(text);
  const [, name = '', words = ''] = match ?? [];
  if (!isRepositoryName(name)) return undefined;
  return { type: 'repository', name, actions: actionsOf(words.split(',')) };
}

function actionsOf(words: readonly string[]): Action[] {
  return ACTIONS.filter((action) => words.includes(action) || words.includes('*'));
}

/** The scope that a challenge asks for. A push begins with looks at what is there. */
export function formatScope(repository: string, action: Action): string {
  return `repository:${repository}:${action === 'push' ? 'pull,push' : action}`;
}
