import type { AuthorizationAttributes, UserInfo } from '../contract.ts';

/** What a question about a resource may say; the rest is ''. */
export interface ResourceQuestion {
  readonly verb: string;
  readonly apiGroup: string;
  readonly apiVersion?: string;
  readonly resource: string;
  readonly subresource?: string;
  readonly namespace?: string;
  readonly name?: string;
  readonly fieldSelector?: string;
  readonly labelSelector?: string;
}

/** A question about a resource that is asked by the server itself, not by a request. */
export function resourceQuestion(user: UserInfo, what: ResourceQuestion): AuthorizationAttributes {
  return {
    isResourceRequest: true,
    path: '',
    verb: what.verb,
    apiGroup: what.apiGroup,
    apiVersion: what.apiVersion ?? '*',
    namespace: what.namespace ?? '',
    resource: what.resource,
    subresource: what.subresource ?? '',
    name: what.name ?? '',
    rest: [],
    ...(what.fieldSelector === undefined ? {} : { fieldSelector: what.fieldSelector }),
    ...(what.labelSelector === undefined ? {} : { labelSelector: what.labelSelector }),
    user,
  };
}

/** A question about a path. */
export function pathQuestion(user: UserInfo, verb: string, path: string): AuthorizationAttributes {
  return {
    ...resourceQuestion(user, { verb, apiGroup: '', apiVersion: '', resource: '' }),
    isResourceRequest: false,
    path,
  };
}
