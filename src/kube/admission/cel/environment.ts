import type { KubeObject, Shared } from '#kube/api';
import type { Authorizer } from '#kube/auth';
import {
  BOOL,
  type CelBindings,
  type CelEnvironment,
  type CelType,
  celEnvironment,
  DYN,
  listOf,
  mapOf,
  opaque,
  STRING,
} from '#kube/cel';
import type { AdmissionAttributes } from '../contract.ts';
import type { MatchedResource } from '../matching/rules.ts';
import { AuthorizerValue, authorizerFunctions, ResourceCheck } from './authorizer.ts';

function objectType(name: string, fields: Readonly<Record<string, CelType>>): CelType {
  const all = new Map(Object.entries(fields).map(([key, type]) => [key, { jsonName: key, type }]));
  return { kind: 'object', name, fields: () => all };
}

const KIND = objectType('kubernetes.GroupVersionKind', { group: STRING, version: STRING, kind: STRING });
const RESOURCE = objectType('kubernetes.GroupVersionResource', { group: STRING, version: STRING, resource: STRING });
const USER = objectType('kubernetes.UserInfo', {
  username: STRING,
  uid: STRING,
  groups: listOf(STRING),
  extra: mapOf(STRING, listOf(STRING)),
});
const REQUEST = objectType('kubernetes.AdmissionRequest', {
  kind: KIND,
  resource: RESOURCE,
  subResource: STRING,
  requestKind: KIND,
  requestResource: RESOURCE,
  requestSubResource: STRING,
  name: STRING,
  namespace: STRING,
  operation: STRING,
  userInfo: USER,
  dryRun: BOOL,
  options: DYN,
});
const AUTHORIZER = opaque('kubernetes.authorization.Authorizer');
const RESOURCE_CHECK = opaque('kubernetes.authorization.ResourceCheck');

const COMMON: readonly (readonly [string, CelType])[] = [
  ['object', DYN],
  ['oldObject', DYN],
  ['request', REQUEST],
  ['authorizer', AUTHORIZER],
  ['authorizer.requestResource', RESOURCE_CHECK],
];

/** What match conditions may name. */
export const conditionEnvironment: CelEnvironment = celEnvironment(COMMON, authorizerFunctions);

/** What the expressions of policies may name; `variables` are those that the policy has defined before. */
export function policyEnvironment(variables: Readonly<Record<string, CelType>>): CelEnvironment {
  return celEnvironment(
    [
      ...COMMON,
      ['params', DYN],
      ['namespaceObject', DYN],
      ['variables', objectType('kubernetes.variables', variables)],
    ],
    authorizerFunctions,
  );
}

/** The same with the types of the objects; without `params` there are none to name. */
export function typedPolicyEnvironment(
  variables: Readonly<Record<string, CelType>>,
  object: CelType,
  params: CelType | undefined,
): CelEnvironment {
  return celEnvironment(
    [
      ...COMMON,
      ['object', object],
      ['oldObject', object],
      ...(params === undefined ? [] : [['params', params] as const]),
      ['namespaceObject', DYN],
      ['variables', objectType('kubernetes.variables', variables)],
    ],
    authorizerFunctions,
  );
}

/** What is known of a request, as expressions see it. */
export function requestBindings(
  attributes: AdmissionAttributes,
  { resource, kind }: MatchedResource,
  objects: { readonly object: Shared<KubeObject> | undefined; readonly oldObject: Shared<KubeObject> | undefined },
  authorizer: Authorizer,
): CelBindings {
  const { subresource, user, name, namespace, operation, dryRun, options } = attributes;
  const by = new AuthorizerValue(authorizer, user);
  const { group: apiGroup, resource: plural } = attributes.resource;
  return {
    object: objects.object ?? null,
    oldObject: objects.oldObject ?? null,
    request: {
      kind,
      resource,
      subResource: subresource,
      requestKind: attributes.kind,
      requestResource: attributes.resource,
      requestSubResource: subresource,
      name,
      namespace,
      operation,
      userInfo: { username: user.name, uid: user.uid ?? '', groups: user.groups, extra: user.extra ?? {} },
      dryRun,
      options,
    },
    authorizer: by,
    'authorizer.requestResource': new ResourceCheck(by, { apiGroup, resource: plural, subresource, namespace, name }),
  };
}
