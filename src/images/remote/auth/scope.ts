/** Scopes of the token protocol: `repository:library/nginx:pull,push` (distribution, spec/auth/scope.md). */
export type Action = 'pull' | 'push';

const MAX_CHARS = 1024;
const NAME = /^[a-z0-9]+(?:[._-]+[a-z0-9]+)*(?:\/[a-z0-9]+(?:[._-]+[a-z0-9]+)*)*$/;

export function repositoryScope(path: string, actions: readonly Action[]): string {
  return `repository:${path}:${actions.join(',')}`;
}

/**
 * The scopes to ask a token for. What we want decides; a challenge may only rename the repository (proxies serve `nginx` as
 * `hub/library/nginx`), never ask for more than we are about to do.
 */
export function scopesToAskFor(wanted: readonly string[], challenged: string | undefined): string[] {
  if (challenged === undefined || challenged.length > MAX_CHARS) return [...wanted];
  const actions = new Set(wanted.flatMap((scope) => parse(scope)?.actions ?? []));
  const known = new Set(wanted.flatMap((scope) => parse(scope)?.name ?? []));
  const renamed = challenged.split(' ').filter((scope) => {
    const parsed = parse(scope);
    if (parsed === undefined || known.has(parsed.name)) return false;
    return parsed.actions.every((action) => actions.has(action));
  });
  return [...wanted, ...renamed.slice(0, 1)];
}

function parse(scope: string): { name: string; actions: string[] } | undefined {
  const [type, name = '', actions = '', ...rest] = scope.split(':');
  if (type !== 'repository' || rest.length > 0 || !NAME.test(name)) return undefined;
  return { name, actions: actions.split(',').filter(Boolean) };
}
