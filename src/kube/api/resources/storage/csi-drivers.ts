import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { type FieldErrors, METADATA, SPEC, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, booleanColumn, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { validateDriverName } from './driver-name.ts';

interface CsiDriver extends KubeObject {
  spec: {
    attachRequired?: boolean;
    podInfoOnMount?: boolean;
    volumeLifecycleModes?: string[];
    storageCapacity?: boolean;
    fsGroupPolicy?: string;
    tokenRequests?: { audience?: string; expirationSeconds?: number }[];
    requiresRepublish?: boolean;
    seLinuxMount?: boolean;
    serviceAccountTokenInSecrets?: boolean;
    nodeAllocatableUpdatePeriodSeconds?: number;
    preventPodSchedulingIfMissing?: boolean;
  };
}

const MIN_TOKEN_SECONDS = 10 * 60;
const MAX_TOKEN_SECONDS = 2 ** 32;
const MIN_UPDATE_PERIOD_SECONDS = 10;
const LIFECYCLE_MODES = ['Persistent', 'Ephemeral'];
const GROUP_POLICIES = ['File', 'None', 'ReadWriteOnceWithFSType'];

function setDefaults(driver: CsiDriver): void {
  driver.spec ??= {};
  const { spec } = driver;
  spec.attachRequired ??= true;
  spec.podInfoOnMount ??= false;
  spec.storageCapacity ??= false;
  spec.fsGroupPolicy ??= 'ReadWriteOnceWithFSType';
  if ((spec.volumeLifecycleModes?.length ?? 0) === 0) spec.volumeLifecycleModes = ['Persistent'];
  spec.requiresRepublish ??= false;
  spec.seLinuxMount ??= false;
}

/** What is alpha is off: it goes, unless it was there before. */
function dropAlpha({ spec }: CsiDriver, old?: CsiDriver): void {
  if (old?.spec.preventPodSchedulingIfMissing === undefined) delete spec.preventPodSchedulingIfMissing;
}

function validate({ metadata, spec }: CsiDriver, errors: FieldErrors): void {
  validateDriverName(metadata.name ?? '', METADATA.child('name'), errors);
  validateTokens(spec.tokenRequests ?? [], errors);
  (spec.volumeLifecycleModes ?? []).forEach((mode) => {
    if (!LIFECYCLE_MODES.includes(mode)) errors.notSupported(SPEC.child('volumeLifecycleModes'), mode, LIFECYCLE_MODES);
  });
  const { fsGroupPolicy, nodeAllocatableUpdatePeriodSeconds: periodSeconds } = spec;
  if (fsGroupPolicy !== undefined && !GROUP_POLICIES.includes(fsGroupPolicy))
    errors.notSupported(SPEC.child('fsGroupPolicy'), fsGroupPolicy, GROUP_POLICIES);
  if (periodSeconds !== undefined && periodSeconds < MIN_UPDATE_PERIOD_SECONDS) {
    const detail = `must be greater than or equal to ${MIN_UPDATE_PERIOD_SECONDS} seconds`;
    errors.invalid(SPEC.child('nodeAllocatableUpdatePeriodSeconds'), periodSeconds, detail);
  }
  const { serviceAccountTokenInSecrets: inSecrets, tokenRequests = [] } = spec;
  if (inSecrets !== undefined && tokenRequests.length === 0) {
    const path = SPEC.child('serviceAccountTokenInSecrets');
    errors.invalid(path, inSecrets, 'serviceAccountTokenInSecrets is set but no tokenRequests are specified');
  }
}

function validateTokens(requests: NonNullable<CsiDriver['spec']['tokenRequests']>, errors: FieldErrors): void {
  const seen = new Set<string>();
  requests.forEach(({ audience = '', expirationSeconds }, i) => {
    const path = SPEC.child('tokenRequests').index(i);
    const isKnown = seen.has(audience);
    if (isKnown) errors.duplicate(path.child('audience'), audience);
    seen.add(audience);
    if (isKnown || expirationSeconds === undefined) return;
    const at = path.child('expirationSeconds');
    if (expirationSeconds < MIN_TOKEN_SECONDS)
      errors.invalid(at, expirationSeconds, 'may not specify a duration less than 10 minutes');
    if (expirationSeconds > MAX_TOKEN_SECONDS)
      errors.invalid(at, expirationSeconds, 'may not specify a duration larger than 2^32 seconds');
  });
}

function validateChange({ spec }: CsiDriver, old: CsiDriver, errors: FieldErrors): void {
  // Upstream's path names a field that there is not.
  validateImmutable(spec.attachRequired, old.spec.attachRequired, SPEC.child('attachedRequired'), errors);
  const modes = SPEC.child('volumeLifecycleModes');
  validateImmutable(spec.volumeLifecycleModes, old.spec.volumeLifecycleModes, modes, errors);
}

function specOf(object: KubeObject): CsiDriver['spec'] {
  return (object as CsiDriver).spec ?? {};
}

/** What a driver of volumes needs of the cluster. */
export const csiDrivers: ResourceDefinition = {
  group: 'storage.k8s.io',
  plural: 'csidrivers',
  singular: 'csidriver',
  kind: 'CSIDriver',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'storage.k8s.io', version: 'v1', kind: 'CSIDriver' },
      {
        columns: [
          booleanColumn(
            'AttachRequired',
            'Must volumes be attached?',
            (object) => specOf(object).attachRequired ?? true,
          ),
          booleanColumn('PodInfoOnMount', 'Is it told of the pod?', (object) => specOf(object).podInfoOnMount ?? false),
          booleanColumn(
            'StorageCapacity',
            'Does it say how much room there is?',
            (object) => specOf(object).storageCapacity ?? false,
          ),
          textColumn('TokenRequests', 'Audiences of the tokens it gets.', (object) => {
            const audiences = (specOf(object).tokenRequests ?? []).map(({ audience = '' }) => audience);
            return audiences.length === 0 ? '<unset>' : audiences.join(',');
          }),
          booleanColumn(
            'RequiresRepublish',
            'Is it called again and again?',
            (object) => specOf(object).requiresRepublish ?? false,
          ),
          textColumn('Modes', 'Volumes of their own, or of pods.', (object) => {
            const modes = specOf(object).volumeLifecycleModes ?? [];
            return modes.length === 0 ? '<none>' : modes.join(',');
          }),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  strategy: kindStrategy<CsiDriver>(
    {
      setDefaults,
      prepareForCreate: (driver) => dropAlpha(driver),
      prepareForUpdate: dropAlpha,
      validate,
      validateChange,
    },
    { hasGeneration: true, allowUnconditionalUpdate: false },
  ),
};
