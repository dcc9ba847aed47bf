import type { KubeObject, Shared } from '#kube/api';
import { compareQuantities, parseQuantity, type ResourceList, setEntry } from '#kube/api/values';
import type { QuotaEvaluator } from '../evaluator.ts';
import { matchesValue } from '../scopes.ts';

interface Claim extends KubeObject {
  spec?: {
    storageClassName?: string;
    volumeAttributesClassName?: string;
    resources?: { requests?: ResourceList };
  };
  status?: { allocatedResources?: ResourceList };
}

const NAMES: ReadonlySet<string> = new Set([
  'count/persistentvolumeclaims',
  'persistentvolumeclaims',
  'requests.storage',
]);
const CLASS_SUFFIX = '.storageclass.storage.k8s.io/';
const CLASS_ANNOTATION = 'volume.beta.kubernetes.io/storage-class';

/** Counts claims and the storage that they ask for, in all and of each class. */
export const claimEvaluator: QuotaEvaluator = {
  handles: ({ operation }) => operation === 'CREATE' || operation === 'UPDATE',
  counts: (name) =>
    NAMES.has(name) ||
    name.endsWith(`${CLASS_SUFFIX}persistentvolumeclaims`) ||
    name.endsWith(`${CLASS_SUFFIX}requests.storage`),
  usage(object) {
    const claim = object as Shared<Claim>;
    const used: ResourceList = { 'count/persistentvolumeclaims': '1', persistentvolumeclaims: '1' };
    const className = claim.metadata.annotations?.[CLASS_ANNOTATION] ?? claim.spec?.storageClassName ?? '';
    if (className !== '') setEntry(used, `${className}${CLASS_SUFFIX}persistentvolumeclaims`, '1');
    const storage = storageOf(claim);
    if (storage === undefined) return used;
    used['requests.storage'] = storage;
    if (className !== '') setEntry(used, `${className}${CLASS_SUFFIX}requests.storage`, storage);
    return used;
  },
  inScope: (scope, object) =>
    scope.scopeName === 'VolumeAttributesClass' &&
    matchesValue(scope, (object as Shared<Claim>).spec?.volumeAttributesClassName ?? ''),
};

/** What is asked for, or what is allocated already where that is more: a claim that shrinks gives back when it has shrunk. */
function storageOf({ spec, status }: Shared<Claim>): string | undefined {
  const asked = spec?.resources?.requests?.storage;
  const allocated = status?.allocatedResources?.storage;
  if (asked === undefined || allocated === undefined) return asked;
  const [a, b] = [parseQuantity(asked), parseQuantity(allocated)];
  return a !== undefined && b !== undefined && compareQuantities(b, a) > 0 ? allocated : asked;
}
