import { isStatusError, parseFieldSelector } from '#kube/api';
import type { AuthorizationAttributes, AuthorizationDecision, Authorizer } from '../contract.ts';
import { type Objects, RESOURCES } from '../objects.ts';
import { allows, type CompiledRules, compileRules } from '../rbac/match.ts';
import type { PolicyRule } from '../rbac/types.ts';
import { isNode, nodeNameOf } from './identity.ts';
import { fields } from './pod-references.ts';
import { NodeRelations, type RelatedKind } from './relations.ts';

const ALLOW: AuthorizationDecision = { decision: 'allow', reason: '' };
const SILENT: AuthorizationDecision = { decision: 'noOpinion', reason: '' };

function no(reason: string): AuthorizationDecision {
  return { decision: 'noOpinion', reason };
}

type Rule = (node: string, attributes: AuthorizationAttributes) => AuthorizationDecision;

/**
 * Rights of kubelets (upstream's Node authorizer): each reads what its own pods refer to, and writes what is its own. What a write may
 * say is NodeRestriction's part. `rules` are those of all nodes (`nodeRules`), for resources that are not split by node.
 */
export class NodeAuthorizer implements Authorizer {
  readonly #objects: Objects;
  readonly #relations: NodeRelations;
  readonly #rules: CompiledRules;
  readonly #byResource: ReadonlyMap<string, Rule>;

  constructor(objects: Objects, rules: readonly PolicyRule[]) {
    this.#objects = objects;
    this.#relations = new NodeRelations(objects);
    this.#rules = compileRules(rules);
    this.#byResource = new Map<string, Rule>([
      ['/secrets', (node, question) => this.#read(node, question, 'secrets')],
      ['/configmaps', (node, question) => this.#read(node, question, 'configMaps')],
      ['/persistentvolumeclaims', (node, question) => this.#claim(node, question)],
      [
        '/persistentvolumes',
        (node, question) => this.#getOnly(question, () => this.#relations.isRelatedVolume(node, question.name), node),
      ],
      [
        'resource.k8s.io/resourceclaims',
        (node, question) => this.#getOnly(question, () => this.#isRelated(node, question, 'resourceClaims'), node),
      ],
      [
        'storage.k8s.io/volumeattachments',
        (node, question) => this.#getOnly(question, () => this.#isOf(node, question, 'volumeAttachments'), node),
      ],
      ['/serviceaccounts', (node, question) => this.#serviceAccount(node, question)],
      ['coordination.k8s.io/leases', lease],
      ['storage.k8s.io/csinodes', csiNode],
      ['resource.k8s.io/resourceslices', (node, question) => this.#resourceSlice(node, question)],
      ['/nodes', ownNode],
      ['/pods', (node, question) => this.#pod(node, question)],
    ]);
  }

  authorize(attributes: AuthorizationAttributes): AuthorizationDecision {
    const { user } = attributes;
    if (!isNode(user)) return SILENT;
    const node = nodeNameOf(user);
    if (node === '') return no(`unknown node for user "${user.name}"`);
    const rule = attributes.isResourceRequest
      ? this.#byResource.get(`${attributes.apiGroup}/${attributes.resource}`)
      : undefined;
    if (rule !== undefined) return rule(node, attributes);
    return allows(this.#rules, attributes) ? ALLOW : SILENT;
  }

  async rulesFor(user: AuthorizationAttributes['user']) {
    const none = { resourceRules: [], nonResourceRules: [] };
    if (!isNode(user)) return { ...none, incomplete: false };
    return { ...none, incomplete: true, evaluationError: 'node authorizer does not support user rule resolution' };
  }

  #read(node: string, question: AuthorizationAttributes, kind: RelatedKind): AuthorizationDecision {
    const { verb, subresource, namespace, name } = question;
    if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return no('can only read resources of this type');
    if (subresource !== '') return no('cannot read subresource');
    if (namespace === '') return no('can only read namespaced object of this type');
    if (name === '') return no('No Object name found');
    return related(this.#isRelated(node, question, kind), node);
  }

  #getOnly(question: AuthorizationAttributes, isRelated: () => boolean, node: string): AuthorizationDecision {
    if (question.verb !== 'get') return no('can only get individual resources of this type');
    if (question.subresource !== '') return no('cannot get subresource');
    if (question.name === '') return no('No Object name found');
    return related(isRelated(), node);
  }

  #claim(node: string, question: AuthorizationAttributes): AuthorizationDecision {
    const isRelated = () => this.#isRelated(node, question, 'claims');
    if (question.subresource !== 'status') return this.#getOnly(question, isRelated, node);
    if (question.verb !== 'update' && question.verb !== 'patch') return no('can only get/update/patch this type');
    return related(isRelated(), node);
  }

  #serviceAccount(node: string, question: AuthorizationAttributes): AuthorizationDecision {
    const isRelated = () => this.#isRelated(node, question, 'serviceAccounts');
    if (question.verb === 'get' && question.subresource === '') return this.#getOnly(question, isRelated, node);
    if (question.verb !== 'create' || question.name === '') {
      return no('can only create tokens for individual service accounts');
    }
    if (question.subresource !== 'token') return no('can only create token subresource of serviceaccount');
    return related(isRelated(), node);
  }

  #resourceSlice(node: string, question: AuthorizationAttributes): AuthorizationDecision {
    const { verb, subresource, name } = question;
    if (subresource !== '') return no('cannot authorize ResourceSlice subresources');
    switch (verb) {
      case 'create':
        return ALLOW;
      case 'get':
      case 'update':
      case 'patch':
      case 'delete':
        return name === '' ? no('No Object name found') : related(this.#isOf(node, question, 'resourceSlices'), node);
      case 'list':
      case 'watch':
      case 'deletecollection':
        if (selects(question, 'spec.nodeName', node)) return ALLOW;
        return no('can only list/watch/deletecollection resourceslices with nodeName field selector');
      default:
        return no(
          'only the following verbs are allowed for a ResourceSlice: get, watch, list, create, update, patch, delete, deletecollection',
        );
    }
  }

  #pod(node: string, question: AuthorizationAttributes): AuthorizationDecision {
    const { verb, subresource, namespace, name } = question;
    const isOwn = () => name !== '' && this.#relations.isOwnPod(node, namespace, name);
    if (subresource === 'status') return verb === 'update' || verb === 'patch' ? ALLOW : SILENT;
    if (subresource === 'eviction') return verb === 'create' ? ALLOW : SILENT;
    if (subresource !== '') return SILENT;
    switch (verb) {
      case 'create':
      case 'delete':
        return ALLOW;
      case 'get':
        return this.#getOnly(question, isOwn, node);
      case 'list':
      case 'watch':
        if (selects(question, 'spec.nodeName', node)) return ALLOW;
        if (name !== '') return related(isOwn(), node);
        return no('can only list/watch pods with spec.nodeName field selector');
      default:
        return SILENT;
    }
  }

  #isRelated(node: string, { namespace, name }: AuthorizationAttributes, kind: RelatedKind): boolean {
    return this.#relations.isRelated(node, kind, namespace, name);
  }

  #isOf(node: string, { name }: AuthorizationAttributes, resource: 'volumeAttachments' | 'resourceSlices'): boolean {
    const found = this.#objects.get(RESOURCES[resource], '', name);
    return found !== undefined && fields(found.spec).nodeName === node;
  }
}

function related(isRelated: boolean, node: string): AuthorizationDecision {
  return isRelated ? ALLOW : no(`no relationship found between node '${node}' and this object`);
}

/** Does the field selector of a list limit it to this node? */
function selects({ fieldSelector }: AuthorizationAttributes, field: string, node: string): boolean {
  if (fieldSelector === undefined) return false;
  try {
    return parseFieldSelector(fieldSelector).some((one) => one.field === field && !one.negated && one.value === node);
  } catch (error) {
    if (isStatusError(error)) return false;
    throw error;
  }
}

const OWN_VERBS: ReadonlySet<string> = new Set(['get', 'create', 'update', 'patch', 'delete']);

function lease(node: string, { verb, namespace, name }: AuthorizationAttributes): AuthorizationDecision {
  if (!OWN_VERBS.has(verb)) return no('can only get, create, update, patch, or delete a node lease');
  if (namespace !== 'kube-node-lease') return no('can only access leases in the "kube-node-lease" system namespace');
  if (verb === 'create' || name === node) return ALLOW;
  return no('can only access node lease with the same name as the requesting node');
}

function csiNode(node: string, { verb, subresource, name }: AuthorizationAttributes): AuthorizationDecision {
  if (!OWN_VERBS.has(verb)) return no('can only get, create, update, patch, or delete a CSINode');
  if (subresource !== '') return no('cannot authorize CSINode subresources');
  if (verb === 'create' || name === node) return ALLOW;
  return no('can only access CSINode with the same name as the requesting node');
}

function ownNode(node: string, { verb, subresource, name }: AuthorizationAttributes): AuthorizationDecision {
  const isUpdate = verb === 'update' || verb === 'patch';
  if (subresource === 'status') return isUpdate ? ALLOW : SILENT;
  if (subresource !== '') return SILENT;
  if (isUpdate || verb === 'create') return ALLOW;
  if (verb !== 'get' && verb !== 'list' && verb !== 'watch') return SILENT;
  if (name === node) return ALLOW;
  if (name === '') return no(`node '${node}' cannot read all nodes, only its own Node object`);
  return no(`node '${node}' cannot read '${name}', only its own Node object`);
}
