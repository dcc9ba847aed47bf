import { at, type KubeApi } from '../../../lib/kube.ts';
import type { ExtensionServer } from './extension-server.ts';

/**
 * Has `NAME.example.org/v1` served by an extension server: by an APIService, through a Service `NAME` that leads to this machine.
 * Answers the path of the APIService.
 */
export async function aggregate(api: KubeApi, name: string, { port }: ExtensionServer): Promise<string> {
  const [namespace, group, version] = ['default', `${name}.example.org`, 'v1'];
  await api.create(`/api/v1/namespaces/${namespace}/services`, {
    metadata: { name },
    spec: { type: 'ExternalName', externalName: 'localhost', ports: [{ port }] },
  });
  const apiServices = '/apis/apiregistration.k8s.io/v1/apiservices';
  await api.create(apiServices, {
    metadata: { name: `${version}.${group}` },
    spec: {
      group,
      version,
      groupPriorityMinimum: 100,
      versionPriority: 10,
      insecureSkipTLSVerify: true,
      service: { name, namespace, port },
    },
  });
  return `${apiServices}/${version}.${group}`;
}

/** The status of an APIService's condition `Available`: `True`, `False`, or nothing yet. */
export async function availabilityOf(api: KubeApi, apiService: string): Promise<string | undefined> {
  const conditions = (at(await api.get(apiService), 'status.conditions') ?? []) as { type: string; status: string }[];
  return conditions.find(({ type }) => type === 'Available')?.status;
}
