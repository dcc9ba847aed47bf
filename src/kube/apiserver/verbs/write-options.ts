import { invalid, invalidObject, notSupported, tooLong } from '#kube/api';
import type { ApiRequest } from '../request.ts';

/** Options that all writes share, from the query. */
export interface WriteOptions {
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly force: boolean | undefined;
}

const MAX_MANAGER_BYTES = 128;

/** Reads and checks dryRun, fieldManager and force; a 422 in the name of `kind` (CreateOptions, …). */
export function writeOptions({ query, userAgent }: ApiRequest, kind: string): WriteOptions {
  const refuse = (error: ReturnType<typeof invalid>) => invalidObject({ group: 'meta.k8s.io', kind }, '', [error]);
  for (const value of query.getAll('dryRun')) {
    if (value !== 'All' && value !== '') throw refuse(notSupported('dryRun', value, ['All']));
  }
  const manager = query.get('fieldManager') ?? '';
  if (Buffer.byteLength(manager) > MAX_MANAGER_BYTES) throw refuse(tooLong('fieldManager', MAX_MANAGER_BYTES));
  if (!isPrintable(manager)) throw refuse(invalid('fieldManager', manager, 'should only contain printable characters'));
  const force = query.get('force');
  return {
    dryRun: query.getAll('dryRun').includes('All'),
    fieldManager: manager === '' ? managerOf(userAgent) : manager,
    force: force === null ? undefined : force === 'true' || force === '1',
  };
}

function isPrintable(text: string): boolean {
  return !/[\p{C}\u2028\u2029]/u.test(text);
}

/** Upstream names a manager after the program in the user agent: `kubectl/v1.36 (linux/amd64)` is `kubectl`. */
function managerOf(userAgent: string): string {
  const program = userAgent.split('/', 1)[0] ?? '';
  return isPrintable(program) && program !== '' ? program.slice(0, MAX_MANAGER_BYTES) : 'unknown';
}
