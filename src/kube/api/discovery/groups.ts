import { groupVersion } from '../object.ts';
import type { ResourceDefinition } from '../resource.ts';
import { groupsOf } from './order.ts';

/** `{ groupVersion: 'apps/v1', version: 'v1' }`. */
export interface GroupVersionForDiscovery {
  readonly groupVersion: string;
  readonly version: string;
}

/** One group of `/apis`, and with `kind` and `apiVersion` the body of `/apis/GROUP`. */
export interface ApiGroup {
  readonly name: string;
  readonly versions: readonly GroupVersionForDiscovery[];
  readonly preferredVersion: GroupVersionForDiscovery;
}

/** The body of `/api`. `serverAddress` is `HOST:PORT`, where clients of any network reach the server. */
export function apiVersions(rows: readonly ResourceDefinition[], serverAddress: string): object {
  return {
    kind: 'APIVersions',
    versions: groupsOf(rows).get('') ?? [],
    serverAddressByClientCIDRs: [{ clientCIDR: '0.0.0.0/0', serverAddress }],
  };
}

/** The body of `/apis`: all groups but core. */
export function apiGroupList(rows: readonly ResourceDefinition[]): object {
  return { kind: 'APIGroupList', apiVersion: 'v1', groups: apiGroups(rows) };
}

/** The body of `/apis/GROUP`, or undefined when nothing serves it. */
export function apiGroup(rows: readonly ResourceDefinition[], name: string): object | undefined {
  const group = apiGroups(rows.filter((row) => row.group === name))[0];
  return group && { kind: 'APIGroup', apiVersion: 'v1', ...group };
}

/** All groups but core, in order. */
export function apiGroups(rows: readonly ResourceDefinition[]): ApiGroup[] {
  return [...groupsOf(rows)]
    .filter(([name]) => name !== '')
    .flatMap(([name, names]): ApiGroup[] => {
      const versions = names.map((version) => ({ groupVersion: groupVersion({ group: name, version }), version }));
      const [preferredVersion] = versions;
      return preferredVersion === undefined ? [] : [{ name, versions, preferredVersion }];
    });
}
