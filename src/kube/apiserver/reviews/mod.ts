import { badRequest, type GroupVersionKind, invalid, invalidObject, type KubeObject, notFound } from '#kube/api';
import { schemaOfKind } from '#kube/api/schema';
import { timestamp } from '#kube/api/values';
import {
  type AccessReviewSpec,
  type Authorizer,
  type Objects,
  requestToken,
  reviewAccess,
  reviewedUser,
  reviewToken,
  type ServiceAccountTokens,
  selfSubjectReview,
  type TokenAuthenticator,
  type TokenRequestSpec,
  type UserInfo,
} from '#kube/auth';
import { type ObjectAnswer, objectAnswer } from '../answer.ts';
import type { Handler } from '../dispatch.ts';
import { admitBody } from '../subresources/admit-body.ts';
import { admit, attributesOf, validateAdmission } from '../verbs/admit.ts';
import { readObject } from '../verbs/body.ts';
import { kindOf, resourceOf, type Target } from '../verbs/target.ts';
import { writeOptions } from '../verbs/write-options.ts';

/** What reviews are answered by. */
export interface ReviewOptions {
  readonly authorizer: Authorizer;
  /** All ways to prove who one is by a token. */
  readonly tokens: TokenAuthenticator;
  readonly serviceAccountTokens: ServiceAccountTokens;
  readonly objects: Objects;
}

const AUTHORIZATION = 'authorization.k8s.io';
const AUTHENTICATION = 'authentication.k8s.io';
const TOKEN_REQUEST: GroupVersionKind = { group: AUTHENTICATION, version: 'v1', kind: 'TokenRequest' };

/** Questions that are posted and answered, and never stored: who am I, may I, is this token good, give me a token. */
export function reviewHandlers(options: ReviewOptions): [string, Handler][] {
  const { authorizer } = options;
  const access = (who: (spec: AccessReviewSpec, target: Target) => UserInfo): Handler =>
    review(async (body, target) => {
      const spec = (body.spec ?? {}) as AccessReviewSpec;
      return reviewAccess(authorizer, who(spec, target), inNamespace(spec, target));
    });
  return [
    [`subjectaccessreviews.${AUTHORIZATION} create`, access(reviewedUser)],
    [`localsubjectaccessreviews.${AUTHORIZATION} create`, access(reviewedUser)],
    [`selfsubjectaccessreviews.${AUTHORIZATION} create`, access((_spec, { request }) => request.user)],
    [`selfsubjectrulesreviews.${AUTHORIZATION} create`, review((body, target) => rules(authorizer, body, target))],
    [
      `selfsubjectreviews.${AUTHENTICATION} create`,
      review(async (_body, { request }) => selfSubjectReview(request.user)),
    ],
    [`tokenreviews.${AUTHENTICATION} create`, review((body) => token(options, body))],
    ['serviceaccounts/token create', (target) => issue(options, target)],
  ];
}

/** Reads the question, lets admission look at it, and answers it with its status filled in. */
function review(answer: (body: KubeObject, target: Target) => Promise<object>): Handler {
  return async (target) => {
    const { machinery, request, endpoint } = target;
    const options = writeOptions(request, 'CreateOptions');
    const body = await readObject(machinery, request, kindOf(endpoint), endpoint.version);
    checkNamespace(target, body);
    const attributes = attributesOf(target, 'CREATE', { object: body, oldObject: undefined }, {}, options.dryRun);
    await admit(target, attributes);
    const errors = endpoint.row.strategy.validate?.(body, { nowMs: machinery.nowMs(), warn: request.warn }) ?? [];
    if (errors.length > 0) throw invalidObject(endpoint.row, body.metadata.name ?? '', errors);
    await validateAdmission(target, attributes);
    return objectAnswer({ ...body, status: await answer(body, target) }, 201, endpoint);
  };
}

function checkNamespace({ endpoint, namespace }: Target, body: KubeObject): void {
  if (!endpoint.row.namespaced) return;
  body.metadata.namespace ||= namespace;
  const { resourceAttributes } = (body.spec ?? {}) as AccessReviewSpec;
  if ((resourceAttributes?.namespace ?? namespace) === namespace && body.metadata.namespace === namespace) return;
  throw invalidObject(endpoint.row, '', [
    invalid('spec.resourceAttributes.namespace', resourceAttributes?.namespace, `must match metadata.namespace`),
  ]);
}

function inNamespace(spec: AccessReviewSpec, { namespace }: Target): AccessReviewSpec {
  const { resourceAttributes } = spec;
  if (namespace === '' || resourceAttributes === undefined) return spec;
  return { ...spec, resourceAttributes: { ...resourceAttributes, namespace } };
}

async function rules(authorizer: Authorizer, body: KubeObject, { request }: Target): Promise<object> {
  const { namespace = '' } = (body.spec ?? {}) as { namespace?: string };
  if (namespace === '') throw badRequest('no namespace on request');
  const found = await authorizer.rulesFor?.(request.user, namespace);
  return found ?? { resourceRules: [], nonResourceRules: [], incomplete: true };
}

async function token({ tokens }: ReviewOptions, body: KubeObject): Promise<object> {
  return reviewToken(tokens, (body.spec ?? {}) as { token?: string; audiences?: string[] });
}

async function issue(options: ReviewOptions, target: Target): Promise<ObjectAnswer> {
  const { request, machinery, namespace, name, store } = target;
  const write = writeOptions(request, 'CreateOptions');
  const body = await readObject(machinery, request, TOKEN_REQUEST, { schema: () => schemaOfKind(TOKEN_REQUEST) });
  checkTokenName(target, body);
  const account = await store.get(store.key(namespace, name));
  if (account === undefined) throw notFound(resourceOf(target), name);
  const asked = await admitBody(target, body, TOKEN_REQUEST, write, ({ metadata }) => {
    metadata.name ||= name;
    metadata.namespace ||= namespace;
  });
  const { serviceAccountTokens, objects } = options;
  const spec = (asked.spec ?? {}) as TokenRequestSpec;
  const { nowMs } = machinery;
  const answer = requestToken(namespace, name, spec, { tokens: serviceAccountTokens, objects, nowMs });
  request.annotate('authentication.kubernetes.io/issued-credential-id', `JTI=${answer.tokenId}`);
  const metadata = { name, namespace, creationTimestamp: timestamp(nowMs()) };
  return objectAnswer({ ...asked, metadata, spec: answer.spec, status: answer.status }, 201);
}

function checkTokenName({ name, namespace }: Target, { metadata }: KubeObject): void {
  const errors = [
    ...((metadata.name || name) === name
      ? []
      : [invalid('metadata.name', metadata.name, 'must match the service account name if specified')]),
    ...((metadata.namespace || namespace) === namespace
      ? []
      : [invalid('metadata.namespace', metadata.namespace, 'must match the service account namespace if specified')]),
  ];
  if (errors.length > 0) throw invalidObject(TOKEN_REQUEST, name, errors);
}
