/** Paths of the distribution spec ("Endpoints"), and ours beside them. */
export type RouteKind =
  | 'base'
  | 'catalog'
  | 'tags'
  | 'manifest'
  | 'blob'
  | 'uploads'
  | 'upload'
  | 'referrers'
  | 'token'
  | 'metrics'
  | 'health';

/** Where a request goes. `repository` and `reference` are not checked yet. */
export interface Route {
  kind: RouteKind;
  repository: string;
  reference: string;
}

const FIXED: Record<string, RouteKind> = {
  '/v2': 'base',
  '/v2/': 'base',
  '/v2/_catalog': 'catalog',
  '/token': 'token',
  '/metrics': 'metrics',
  '/healthz': 'health',
};

const LAST: Record<string, RouteKind> = { manifests: 'manifest', blobs: 'blob', referrers: 'referrers' };

/** Finds the route of a path; repository names may hold anything, so it is read from its end. */
export function routeOf(path: string): Route | undefined {
  const fixed = Object.hasOwn(FIXED, path) ? FIXED[path] : undefined;
  if (fixed !== undefined) return { kind: fixed, repository: '', reference: '' };
  if (!path.startsWith('/v2/')) return undefined;
  const parts = decoded(path.slice('/v2/'.length))?.split('/') ?? [];
  const reference = parts.pop() ?? '';
  const word = parts.pop() ?? '';
  if (word === 'uploads' && parts.at(-1) === 'blobs') {
    return { kind: reference === '' ? 'uploads' : 'upload', repository: parts.slice(0, -1).join('/'), reference };
  }
  const repository = parts.join('/');
  if (word === 'blobs' && reference === 'uploads') return { kind: 'uploads', repository, reference: '' };
  if (word === 'tags' && reference === 'list') return { kind: 'tags', repository, reference };
  const kind = Object.hasOwn(LAST, word) ? LAST[word] : undefined;
  return kind === undefined ? undefined : { kind, repository, reference };
}

/** Percent signs are rare; a slash that was written with one makes a path that nothing has. */
function decoded(path: string): string | undefined {
  if (!path.includes('%')) return path;
  if (/%2f/i.test(path)) return undefined;
  try {
    return decodeURIComponent(path);
  } catch {
    return undefined;
  }
}
