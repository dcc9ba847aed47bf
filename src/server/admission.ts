import {
  builtinPlugins,
  CONFIGURATION_RESOURCES,
  dynamicPlugins,
  ensurePriorityClasses,
  PolicyStatus,
  READ_RESOURCES,
} from '#kube/admission';
import { type ApiServer, resolveService } from '#kube/apiserver';
import type { Client } from '#kube/client';
import type { Access } from './access/open.ts';
import { admissionMetrics } from './admission-metrics.ts';
import type { ServerOptions } from './options.ts';
import { resourceTypes } from './resource-types.ts';

/** Loads what the admission plugins read, and registers them in upstream's order. */
export async function openAdmission(
  server: ApiServer,
  client: Client,
  { authorizer, metrics }: Pick<Access, 'authorizer' | 'metrics'>,
  options: ServerOptions,
): Promise<AsyncDisposable> {
  const { objects, catalog } = server;
  await objects.load([...Object.values(READ_RESOURCES), ...CONFIGURATION_RESOURCES]);
  const types = resourceTypes(catalog);
  // Without controllers nobody makes the default accounts of namespaces: pods do without.
  const accounts = options.controllers === false ? ['ServiceAccount'] : [];
  const builtin = builtinPlugins({
    objects,
    client,
    authorizer,
    types,
    enable: options.enableAdmissionPlugins ?? [],
    disable: [...accounts, ...(options.disableAdmissionPlugins ?? [])],
  });
  const scope = new AsyncDisposableStack();
  const dynamic = scope.use(
    dynamicPlugins({
      objects,
      client,
      authorizer,
      types,
      resolveService: (service) => resolveService(objects, service),
      before: builtin.first,
      observer: admissionMetrics(metrics),
    }),
  );
  server.admission.push(...builtin.first, ...dynamic.plugins, ...builtin.last);
  scope.use(new PolicyStatus(objects, client, types));
  await ensurePriorityClasses(objects, client);
  return scope;
}
