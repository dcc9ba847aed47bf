import { builtinPlugins, ensurePriorityClasses, READ_RESOURCES } from '#kube/admission';
import type { ApiServer } from '#kube/apiserver';
import type { Authorizer } from '#kube/auth';
import type { Client } from '#kube/client';
import type { ServerOptions } from './options.ts';

/** Loads what the admission plugins read, and registers them in upstream's order. */
export async function openAdmission(
  server: ApiServer,
  client: Client,
  authorizer: Authorizer,
  options: ServerOptions,
): Promise<AsyncDisposable> {
  await server.objects.load(Object.values(READ_RESOURCES));
  const { first, last } = builtinPlugins({
    objects: server.objects,
    client,
    authorizer,
    serviceAccounts: options.controllers !== false,
  });
  server.admission.push(...first, ...last);
  await ensurePriorityClasses(server.objects, client);
  return new AsyncDisposableStack();
}
