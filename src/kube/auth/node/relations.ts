import type { KubeObject, Shared } from '#kube/api';
import { type Objects, RESOURCES } from '../objects.ts';
import { LruCache } from '../tokens/lru-cache.ts';
import { fields, type PodReferences, podReferences } from './pod-references.ts';

/** What nodes may read because a pod of theirs refers to it. */
export type RelatedKind = 'secrets' | 'configMaps' | 'claims' | 'resourceClaims' | 'serviceAccounts';

const MAX_REMEMBERED = 20_000;

/**
 * Answers whether something belongs to a pod that runs on a node. Nothing is kept up to date for it: pods are looked through when a
 * node asks, and which pod answered is remembered, so that asking again costs one look-up.
 */
export class NodeRelations {
  readonly #objects: Objects;
  /** By node, kind, namespace and name: the name of the pod that last was the reason. Checked again each time. */
  readonly #reasons = new LruCache<string, string>(MAX_REMEMBERED);

  constructor(objects: Objects) {
    this.#objects = objects;
  }

  /** Does a pod of this namespace on this node refer to it? For secrets also: through a volume that it claims. */
  isRelated(node: string, kind: RelatedKind, namespace: string, name: string): boolean {
    if (this.#hasPod(node, kind, namespace, name)) return true;
    return kind === 'secrets' && this.#volumesWith(namespace, name).some((volume) => this.isClaimed(node, volume));
  }

  /** Is it a volume that a pod on this node claims? */
  isRelatedVolume(node: string, name: string): boolean {
    const volume = this.#objects.get(RESOURCES.persistentVolumes, '', name);
    return volume !== undefined && this.isClaimed(node, volume);
  }

  /** Does a pod run on this node? */
  isOwnPod(node: string, namespace: string, name: string): boolean {
    const pod = this.#objects.get(RESOURCES.pods, namespace, name);
    return pod !== undefined && podReferences(pod).node === node;
  }

  isClaimed(node: string, volume: Shared<KubeObject>): boolean {
    const { namespace, name } = fields(fields(volume.spec).claimRef);
    return typeof namespace === 'string' && typeof name === 'string' && this.#hasPod(node, 'claims', namespace, name);
  }

  #hasPod(node: string, kind: RelatedKind, namespace: string, name: string): boolean {
    const key = `${node}\n${kind}\n${namespace}\n${name}`;
    const remembered = this.#reasons.get(key);
    if (remembered !== undefined) {
      const pod = this.#objects.get(RESOURCES.pods, namespace, remembered);
      if (pod !== undefined && refersTo(podReferences(pod), node, kind, name)) return true;
    }
    const found = this.#objects
      .list(RESOURCES.pods, namespace)
      .find((pod) => refersTo(podReferences(pod), node, kind, name));
    if (found?.metadata.name === undefined) return false;
    this.#reasons.set(key, found.metadata.name);
    return true;
  }

  #volumesWith(namespace: string, name: string): readonly Shared<KubeObject>[] {
    return this.#objects
      .list(RESOURCES.persistentVolumes)
      .filter((volume) => secretsOf(volume).includes(`${namespace}/${name}`));
  }
}

function refersTo(references: PodReferences, node: string, kind: RelatedKind, name: string): boolean {
  if (references.node !== node) return false;
  return kind === 'serviceAccounts' ? references.serviceAccount === name : references[kind].has(name);
}

const volumeSecrets = new WeakMap<object, readonly string[]>();

/** `namespace/name` of the secrets that a node needs to mount a volume; without a namespace they are the claim's. */
function secretsOf(volume: Shared<KubeObject>): readonly string[] {
  let found = volumeSecrets.get(volume);
  if (found === undefined) {
    const spec = fields(volume.spec);
    const csi = fields(spec.csi);
    const azure = fields(spec.azureFile);
    const references = [
      { name: azure.secretName, namespace: azure.secretNamespace },
      ...['nodePublishSecretRef', 'nodeStageSecretRef', 'nodeExpandSecretRef'].map((name) => fields(csi[name])),
      ...['cephfs', 'cinder', 'flexVolume', 'iscsi', 'rbd', 'scaleIO', 'storageos'].map((type) =>
        fields(fields(spec[type]).secretRef),
      ),
    ];
    const claimNamespace = fields(spec.claimRef).namespace;
    found = references.flatMap(({ name, namespace }) => {
      const where = typeof namespace === 'string' && namespace !== '' ? namespace : claimNamespace;
      return typeof name === 'string' && name !== '' && typeof where === 'string' ? [`${where}/${name}`] : [];
    });
    volumeSecrets.set(volume, found);
  }
  return found;
}
