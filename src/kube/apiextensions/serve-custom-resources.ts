import type { FieldError } from '#kube/api';
import { withValidation } from '#kube/api/resources';
import type { Client, Informers } from '#kube/client';
import { crdAdmission } from './controller/admission.ts';
import { CrdController } from './controller/crd-controller.ts';
import { CRDS, type CustomResourceHost } from './controller/host.ts';
import { HttpsConversionClient } from './conversion/https-client.ts';
import { endpointResolver } from './conversion/resolve-service.ts';
import type { CustomResourceDefinition } from './types.ts';

type Definition = typeof import('./definition/validate-definition.ts');

/**
 * Serves the resources of CRDs on an API server, those that are there already when it resolves: to be called before the server listens.
 * `client` is to be the server's own, with all rights. Code that only CRDs need is loaded with the first of them.
 */
export async function serveCustomResources(
  host: CustomResourceHost,
  client: Client,
  informers: Informers,
): Promise<AsyncDisposable> {
  let definition: Definition | undefined;
  const load = async () => {
    definition ??= await import('./definition/validate-definition.ts');
  };
  const row = host.catalog.row(CRDS.group, CRDS.resource);
  if (row === undefined) throw new Error('the server does not serve customresourcedefinitions');
  host.catalog.set(
    withValidation(row, (object, old): FieldError[] => {
      if (definition === undefined) throw new Error('a CRD was to be validated before its admission');
      return definition.validateDefinition(object as CustomResourceDefinition, old as CustomResourceDefinition);
    }),
  );
  host.admission.unshift(crdAdmission(client, load));
  const conversions = new HttpsConversionClient(endpointResolver(client));
  return CrdController.start({ host, client, informers, conversions });
}
