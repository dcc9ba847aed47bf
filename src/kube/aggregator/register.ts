import { ignoring, type ResourceDefinition } from '#kube/api';
import { compareGroups } from '#kube/api/discovery';
import type { Client } from '#kube/client';
import { API_SERVICES, apiServiceName } from './api-service.ts';

const AUTOMANAGED = 'kube-aggregator.kubernetes.io/automanaged';

/** Makes the API services that say "this server" for the built-in group versions, where they are missing. */
export async function registerLocal(client: Client, rows: readonly ResourceDefinition[]): Promise<void> {
  const groups = [...new Set(rows.map(({ group }) => group))].sort(compareGroups);
  const present = new Set((await client.list(API_SERVICES)).items.map(({ metadata }) => metadata.name));
  for (const [index, group] of groups.entries()) {
    const versions = new Set(
      rows.filter((row) => row.group === group).flatMap((row) => row.versions.map(({ name }) => name)),
    );
    for (const version of versions) {
      if (!present.has(apiServiceName(group, version))) await create(client, group, version, 18_000 - index * 100);
    }
  }
}

async function create(client: Client, group: string, version: string, groupPriorityMinimum: number): Promise<void> {
  const name = apiServiceName(group, version);
  await ignoring(
    client.create(API_SERVICES, {
      apiVersion: 'apiregistration.k8s.io/v1',
      kind: 'APIService',
      metadata: { name, labels: { [AUTOMANAGED]: 'onstart' } },
      spec: { group, version, groupPriorityMinimum, versionPriority: version === 'v1' ? 15 : 9 },
    }),
    'AlreadyExists',
  );
}
