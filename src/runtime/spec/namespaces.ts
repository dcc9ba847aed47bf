import { HakoError } from '#base';
import type { OciNamespace } from '../oci-spec.ts';
import type { NamespaceInput, NamespaceKind, SpecInput } from './input.ts';

const KINDS: readonly NamespaceKind[] = ['user', 'pid', 'network', 'ipc', 'uts', 'cgroup'];

/** What the container does about one kind of namespace; all but the user namespace are private where nothing is said. */
export function namespaceMode(input: Pick<SpecInput, 'namespaces'>, kind: NamespaceKind): NamespaceInput {
  return input.namespaces[kind] ?? (kind === 'user' ? 'host' : 'private');
}

/** True when the container shares the host's namespace of that kind. */
export function sharesHost(input: Pick<SpecInput, 'namespaces'>, kind: NamespaceKind): boolean {
  return namespaceMode(input, kind) === 'host';
}

/**
 * `linux.namespaces`. The mount namespace is always the container's own.
 * Throws `invalid` for a private user namespace without mappings.
 */
export function generateNamespaces(input: Pick<SpecInput, 'namespaces' | 'idMappings'>): OciNamespace[] {
  const hasMappings = (input.idMappings?.uid.length ?? 0) > 0 && (input.idMappings?.gid.length ?? 0) > 0;
  if (namespaceMode(input, 'user') === 'private' && !hasMappings) {
    throw new HakoError('invalid', 'a private user namespace needs uid and gid mappings: give it a sub-id range');
  }
  const namespaces: OciNamespace[] = [{ type: 'mount' }];
  for (const kind of KINDS) {
    const mode = namespaceMode(input, kind);
    if (mode === 'private') namespaces.push({ type: kind });
    else if (mode !== 'host') namespaces.push({ type: kind, path: mode.path });
  }
  return namespaces;
}
