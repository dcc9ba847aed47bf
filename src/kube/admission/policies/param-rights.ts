import { type FieldError, forbiddenField, invalidObject, parseGroupVersion, type Shared } from '#kube/api';
import type { AdmissionPolicy, PolicyBinding, PolicySpec } from '#kube/api/resources';
import { semanticEqual } from '#kube/api/values';
import { type Authorizer, type Objects, resourceQuestion } from '#kube/auth';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import type { ResourceTypes } from '../matching/resource-types.ts';

type ParamKind = Shared<PolicySpec>['paramKind'];

/** What the checks ask. */
export interface ParamRightsOptions {
  readonly objects: Objects;
  readonly authorizer: Authorizer;
  readonly types: ResourceTypes;
}

const KIND = /^(validating|mutating)admissionpolic(ies|ybindings)$/;

/**
 * Policies read their parameters with the server's rights, and may show them in messages: who writes a policy has to be allowed to read
 * all objects of its `paramKind`, who writes a binding those of its `paramRef`.
 */
export function paramRights(options: ParamRightsOptions): AdmissionPlugin {
  return {
    name: 'PolicyParamRights',
    handles: ({ resource, operation, subresource }) =>
      resource.group === 'admissionregistration.k8s.io' &&
      subresource === '' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      KIND.test(resource.resource),
    async validate(attributes) {
      const { kind, name, resource } = attributes;
      const check = resource.resource.endsWith('bindings') ? checkBinding : checkPolicy;
      const error = await check(attributes, options);
      if (error !== undefined) throw invalidObject(kind, name, [error]);
    },
  };
}

async function checkPolicy(
  attributes: AdmissionAttributes,
  options: ParamRightsOptions,
): Promise<FieldError | undefined> {
  const { paramKind } = (attributes.object as AdmissionPolicy).spec;
  const before = (attributes.oldObject as Shared<AdmissionPolicy> | undefined)?.spec.paramKind;
  if (paramKind === undefined || semanticEqual(paramKind, before)) return undefined;
  if (await mayRead(attributes, options, paramKind, { verb: 'get', namespace: '*', name: '*' })) return undefined;
  const what = `(kind=${paramKind.kind}, apiVersion=${paramKind.apiVersion})`;
  const must = `user ${attributes.user.name} must have "get" permission on all objects of the referenced paramKind ${what}`;
  return forbiddenField('spec.paramKind', must);
}

async function checkBinding(
  attributes: AdmissionAttributes,
  options: ParamRightsOptions,
): Promise<FieldError | undefined> {
  const { paramRef, policyName = '' } = (attributes.object as PolicyBinding).spec;
  const before = (attributes.oldObject as Shared<PolicyBinding> | undefined)?.spec;
  if (paramRef === undefined) return undefined;
  if (semanticEqual(paramRef, before?.paramRef) && policyName === before?.policyName) return undefined;
  const { group, resource } = attributes.resource;
  const policies = { group, resource: resource.replace('policybindings', 'policies') };
  const policy = options.objects.get(policies, '', policyName) as Shared<AdmissionPolicy> | undefined;
  if (policy !== undefined && policy.spec.paramKind === undefined) return undefined;
  const { name = '', namespace = '' } = paramRef;
  const verb = name === '' ? 'list' : 'get';
  const asked = { verb, namespace: namespace === '' ? '*' : namespace, name: name === '' ? '*' : name };
  if (await mayRead(attributes, options, policy?.spec.paramKind, asked)) return undefined;
  const not = `user ${attributes.user.name} does not have "${verb}" permission on the object referenced by paramRef`;
  return forbiddenField('spec.paramRef', not);
}

/** Where nobody knows the kind yet, it takes the right to read everything of its group. */
async function mayRead(
  { user }: AdmissionAttributes,
  { authorizer, types }: ParamRightsOptions,
  kind: ParamKind,
  asked: { readonly verb: string; readonly namespace: string; readonly name: string },
): Promise<boolean> {
  const version = kind === undefined ? undefined : parseGroupVersion(kind.apiVersion ?? '');
  const found = version === undefined ? undefined : types.ofKind({ ...version, kind: kind?.kind ?? '' });
  const what = {
    apiGroup: version?.group ?? '*',
    apiVersion: version?.version ?? '*',
    resource: found?.resource.resource ?? '*',
  };
  return (await authorizer.authorize(resourceQuestion(user, { ...what, ...asked }))).decision === 'allow';
}
