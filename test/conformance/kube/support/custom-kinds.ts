import type { KubeObject } from '#kube/api';
import type { KubeApi } from '../../../lib/kube.ts';
import { eventually } from '../../../lib/wait.ts';
import type { ExtensionServer } from './extension-server.ts';

/** Where CustomResourceDefinitions are. */
export const DEFINITIONS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

/** A kind to be: names, versions and conversion as its definition has them. */
export interface CustomKind {
  /** Default: `example.org`. */
  readonly group?: string;
  readonly names: { readonly plural: string; readonly kind: string; readonly shortNames?: readonly string[] };
  /** All are to be served. */
  readonly versions: readonly { readonly name: string; readonly [field: string]: unknown }[];
  readonly conversion?: object;
}

/** Defines a kind of namespaced objects, and waits until all of its versions are served. */
export async function defineKind(api: KubeApi, { group = 'example.org', ...kind }: CustomKind): Promise<void> {
  const { plural } = kind.names;
  await api.create(DEFINITIONS, {
    metadata: { name: `${plural}.${group}` },
    spec: { group, scope: 'Namespaced', ...kind },
  });
  for (const { name } of kind.versions) {
    const path = `/apis/${group}/${name}/namespaces/default/${plural}`;
    await eventually(`${path} is served`, async () => (await api.call('GET', path)).code === 200);
  }
}

/** Has an extension server convert objects to `apiVersion`, one after the other; answers the `conversion` of their definition. */
export function convertBy(
  extension: ExtensionServer,
  convert: (object: KubeObject, apiVersion: string) => KubeObject,
): object {
  extension.behaviour = (_request, body) => {
    type Review = { request: { uid: string; desiredAPIVersion: string; objects: KubeObject[] } };
    const { request } = JSON.parse(body) as Review;
    const convertedObjects = request.objects.map((object) => convert(object, request.desiredAPIVersion));
    const response = { uid: request.uid, result: { status: 'Success' }, convertedObjects };
    return { apiVersion: 'apiextensions.k8s.io/v1', kind: 'ConversionReview', response };
  };
  const clientConfig = { url: `https://127.0.0.1:${extension.port}/`, caBundle: extension.caBundle };
  return { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions: ['v1'] } };
}
