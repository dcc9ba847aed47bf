import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { dnsSubdomainErrors, type FieldErrors, SPEC, STATUS, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, booleanColumn, textColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { LABELS_AND_ANNOTATIONS, statusSubresource } from '../strategies.ts';
import { validateDriverName } from './driver-name.ts';

interface VolumeAttachment extends KubeObject {
  spec: {
    attacher?: string;
    nodeName?: string;
    source?: { persistentVolumeName?: string; inlineVolumeSpec?: object };
  };
  status?: {
    attached?: boolean;
    attachmentMetadata?: Record<string, string>;
    attachError?: VolumeError;
    detachError?: VolumeError;
  };
}

interface VolumeError {
  message?: string;
  errorCode?: number;
}

const MAX_ERROR_LENGTH = 256 * 1024;
const SOURCE = SPEC.child('source');

function validate({ spec }: VolumeAttachment, errors: FieldErrors): void {
  const { attacher = '', nodeName = '', source = {} } = spec;
  validateDriverName(attacher, SPEC.child('attacher'), errors);
  errors.invalidEach(SPEC.child('nodeName'), nodeName, dnsSubdomainErrors(nodeName));
  const { persistentVolumeName, inlineVolumeSpec } = source;
  const one = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName';
  if (persistentVolumeName === undefined && inlineVolumeSpec === undefined) errors.required(SOURCE, one);
  else if (persistentVolumeName !== undefined && inlineVolumeSpec !== undefined) errors.forbidden(SOURCE, one);
  else if (persistentVolumeName === '')
    errors.required(SOURCE.child('persistentVolumeName'), 'must specify non empty persistentVolumeName');
}

function validateStatus(object: KubeObject, _old: KubeObject, errors: FieldErrors): void {
  const { status = {} } = object as VolumeAttachment;
  for (const field of ['attachError', 'detachError'] as const) {
    if ((status[field]?.message?.length ?? 0) > MAX_ERROR_LENGTH)
      errors.tooLong(STATUS.child(field).child('message'), MAX_ERROR_LENGTH);
  }
}

function asAttachment(object: KubeObject): VolumeAttachment {
  return object as VolumeAttachment;
}

/** That a volume is to be attached to a node. */
export const volumeAttachments: ResourceDefinition = {
  group: 'storage.k8s.io',
  plural: 'volumeattachments',
  singular: 'volumeattachment',
  kind: 'VolumeAttachment',
  namespaced: false,
  verbs: ALL_VERBS,
  versions: [
    served(
      { group: 'storage.k8s.io', version: 'v1', kind: 'VolumeAttachment' },
      {
        columns: [
          textColumn('Attacher', 'Who attaches it.', (object) => asAttachment(object).spec?.attacher ?? ''),
          textColumn('PV', 'The volume.', (object) => asAttachment(object).spec?.source?.persistentVolumeName ?? ''),
          textColumn('Node', 'The node.', (object) => asAttachment(object).spec?.nodeName ?? ''),
          booleanColumn('Attached', 'Is it attached?', (object) => asAttachment(object).status?.attached ?? false),
          AGE_COLUMN,
        ],
      },
    ),
  ],
  storageVersion: 'v1',
  subresources: { status: statusSubresource(validateStatus, { keeps: LABELS_AND_ANNOTATIONS }) },
  strategy: kindStrategy<VolumeAttachment>(
    {
      newStatus: () => ({ attached: false }),
      setDefaults: (attachment) => {
        attachment.spec ??= {};
      },
      validate,
      validateChange: (object, old, errors) => validateImmutable(object.spec, old.spec, SPEC, errors),
    },
    { hasGeneration: false, allowUnconditionalUpdate: false },
  ),
};
