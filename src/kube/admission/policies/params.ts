import {
  formatLabelMatcher,
  type KubeObject,
  type LabelSelector,
  labelMatcher,
  parseGroupVersion,
  type Shared,
} from '#kube/api';
import { type Client, findObject } from '#kube/client';
import type { AdmissionAttributes } from '../contract.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';
import type { Binding, Policy } from './policy.ts';

/** A policy or binding that cannot be put to work as it is. */
class ConfigurationError extends Error {}

/**
 * The objects with which a policy is evaluated, once with each; `[undefined]` for one without parameters. Empty: there is nothing to
 * evaluate. Throws a ConfigurationError for parameters that are missing and must not be.
 */
export async function paramsOf(
  { spec: { paramKind } }: Policy,
  { spec: { paramRef } }: Binding,
  attributes: AdmissionAttributes,
  types: ResourceTypes,
  client: Client,
): Promise<readonly (Shared<KubeObject> | undefined)[]> {
  if (paramKind === undefined || paramRef === undefined) return [undefined];
  const { apiVersion = '', kind = '' } = paramKind;
  const found = types.ofKind({ ...parseGroupVersion(apiVersion), kind });
  if (found === undefined)
    throw new ConfigurationError(`failed to find resource referenced by paramKind: '${apiVersion}, Kind=${kind}'`);
  const namespace = namespaceOf(paramRef.namespace ?? '', found.namespaced, attributes);
  const { name = '', selector, parameterNotFoundAction } = paramRef;
  const matcher = labelMatcher(selector as LabelSelector | undefined);
  const params =
    name === ''
      ? (await client.list(found.resource, { ...namespace, labelSelector: formatLabelMatcher(matcher ?? []) })).items
      : [await findObject(client, found.resource, { ...namespace, name })].filter((param) => param !== undefined);
  if (params.length === 0 && parameterNotFoundAction === 'Deny') {
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  }
  return params;
}

function namespaceOf(wanted: string, namespaced: boolean, { namespace }: AdmissionAttributes): { namespace?: string } {
  if (!namespaced) {
    if (wanted === '') return {};
    throw new ConfigurationError('paramRef.namespace must not be provided for a cluster-scoped `paramKind`');
  }
  if (wanted !== '') return { namespace: wanted };
  if (namespace !== '') return { namespace };
  throw new ConfigurationError(
    'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
  );
}
