import {
  type GroupVersionResource,
  groupVersion,
  type KubeObject,
  type LabelMatcher,
  type LabelSelector,
  labelMatcher,
  matchesLabels,
  type OwnerReference,
  parseGroupVersion,
  type Shared,
} from '#kube/api';
import type { Informer } from '#kube/client';

/** What a controller must know of the kind whose objects own others. */
export interface OwnerKind<T extends KubeObject = KubeObject> {
  readonly resource: GroupVersionResource;
  readonly kind: string;
  /** Which children are an object's own; undefined: none. */
  readonly selector: (owner: Shared<T>) => LabelMatcher | undefined;
}

const BY_CONTROLLER = 'controller';
const BY_NAMESPACE = 'namespace';

/** The matcher of a shared object's selector. */
export function matcherOf(selector: Shared<LabelSelector> | undefined): LabelMatcher | undefined {
  return labelMatcher(selector as LabelSelector | undefined);
}

/** The owner that manages the object, if one does. */
export function controllerOf(object: {
  readonly metadata: { readonly ownerReferences?: readonly Shared<OwnerReference>[] };
}): Shared<OwnerReference> | undefined {
  return object.metadata.ownerReferences?.find(({ controller }) => controller === true);
}

/** Is `owner` the one that manages the object? */
export function isControlledBy(object: Shared<KubeObject>, owner: Shared<KubeObject>): boolean {
  return controllerOf(object)?.uid === owner.metadata.uid;
}

/** The reference by which an object says that `owner` manages it. */
export function controllerRef(owner: Shared<KubeObject>, { resource, kind }: OwnerKind<never>): OwnerReference {
  return {
    apiVersion: groupVersion(resource),
    kind,
    name: owner.metadata.name ?? '',
    uid: owner.metadata.uid ?? '',
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Does the reference name an object of this kind, in whichever version? */
export function refersTo(reference: Shared<OwnerReference>, { resource, kind }: OwnerKind<never>): boolean {
  return reference.kind === kind && parseGroupVersion(reference.apiVersion).group === resource.group;
}

/** Makes the informer find objects by the uid of the owner that manages them, and orphans by namespace. */
export function indexByController<T extends KubeObject>(informer: Informer<T>): Informer<T> {
  return informer.addIndex(BY_CONTROLLER, (object) => [
    controllerOf(object)?.uid ?? orphansOf(object.metadata.namespace),
  ]);
}

/** The objects that `owner` manages now. */
export function controlledBy<T extends KubeObject>(informer: Informer<T>, owner: Shared<KubeObject>): Shared<T>[] {
  return informer.byIndex(BY_CONTROLLER, owner.metadata.uid ?? '');
}

/** The objects of a namespace that nobody manages, and whose labels match. */
export function orphans<T extends KubeObject>(
  informer: Informer<T>,
  namespace: string | undefined,
  selector: LabelMatcher,
): Shared<T>[] {
  return informer.byIndex(BY_CONTROLLER, orphansOf(namespace), (labels) => matchesLabels(selector, labels));
}

function orphansOf(namespace: string | undefined): string {
  return `orphans of ${namespace ?? ''}`;
}

/** Makes the informer find objects by their namespace. */
export function indexByNamespace<T extends KubeObject>(informer: Informer<T>): Informer<T> {
  return informer.addIndex(BY_NAMESPACE, ({ metadata }) => [metadata.namespace ?? '']);
}

/** The objects of a namespace; of these, where wanted, those whose labels match. */
export function inNamespace<T extends KubeObject>(
  informer: Informer<T>,
  namespace: string | undefined,
  selector?: LabelMatcher,
): Shared<T>[] {
  const matches =
    selector && ((labels: Readonly<Record<string, string>> | undefined) => matchesLabels(selector, labels));
  return informer.byIndex(BY_NAMESPACE, namespace ?? '', matches);
}
