import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkKind, createIn, NOW_MS, updateIn } from '../testing/check-kind.ts';
import { csiDrivers } from './csi-drivers.ts';
import { csiNodes } from './csi-nodes.ts';
import { csiStorageCapacities } from './csi-storage-capacities.ts';
import { storageClasses } from './storage-classes.ts';
import { volumeAttachments } from './volume-attachments.ts';
import { volumeAttributesClasses } from './volume-attributes-classes.ts';

checkKind(storageClasses, {
  minimal: { provisioner: 'example.com/disk', parameters: { type: 'fast' } },
  created: { reclaimPolicy: 'Delete', volumeBindingMode: 'Immediate' },
  invalid: [
    ['no provisioner', { provisioner: null }, 'provisioner: Required value'],
    [
      'unknown policies',
      { reclaimPolicy: 'Recycle', volumeBindingMode: 'Later' },
      'reclaimPolicy: Unsupported value: "Recycle": supported values: "Delete", "Retain"',
      'volumeBindingMode: Unsupported value: "Later": supported values: "Immediate", "WaitForFirstConsumer"',
    ],
    [
      'a topology without values, twice',
      { allowedTopologies: [{ matchLabelExpressions: [{ key: 'zone' }, { key: 'zone', values: ['a', 'a'] }] }] },
      'allowedTopologies[0].matchLabelExpressions[0].values: Required value',
      'allowedTopologies[0].matchLabelExpressions[1].values[1]: Duplicate value: "a"',
      'allowedTopologies[0].matchLabelExpressions[1].key: Duplicate value: "zone"',
    ],
  ],
  refused: [
    [
      'other parameters',
      { parameters: { type: 'slow' } },
      'parameters: Forbidden: updates to parameters are forbidden.',
    ],
    ['another provisioner', { provisioner: 'other' }, 'provisioner: Forbidden: updates to provisioner are forbidden.'],
    [
      'another policy',
      { reclaimPolicy: 'Retain' },
      'reclaimPolicy: Forbidden: updates to reclaimPolicy are forbidden.',
    ],
    [
      'another mode',
      { volumeBindingMode: 'WaitForFirstConsumer' },
      'volumeBindingMode: Invalid value: "WaitForFirstConsumer": field is immutable',
    ],
  ],
  accepted: [['growth', { allowVolumeExpansion: true }]],
});

test('StorageClass: prints which is the default', () => {
  const fields = {
    metadata: { annotations: { 'storageclass.kubernetes.io/is-default-class': 'true' } },
    provisioner: 'example.com/disk',
  };
  const { object } = createIn(storageClasses, fields);
  const cells = storageClasses.versions[0]?.columns?.map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells, ['web (default)', 'example.com/disk', 'Delete', 'Immediate', false, '<unknown>']);
  const { object: attributes } = createIn(volumeAttributesClasses, {
    metadata: { annotations: { 'volumeattributesclass.alpha.kubernetes.io/is-default-class': 'true' } },
    driverName: 'disk.example.com',
  });
  const shown = volumeAttributesClasses.versions[0]?.columns?.map((column) => column.cell(attributes, NOW_MS));
  assert.deepEqual(shown?.slice(0, 2), ['web (default)', 'disk.example.com']);
});

checkKind(volumeAttributesClasses, {
  minimal: { driverName: 'disk.example.com', parameters: { iops: '100' } },
  invalid: [
    ['no parameters', { parameters: null }, 'parameters: Required value: must contain at least one key/value pair'],
    [
      'a parameter without a name',
      { parameters: { '': 'a' } },
      'parameters: Invalid value: "": field can not be empty.',
    ],
    [
      'too much',
      { parameters: { a: 'x'.repeat(256 * 1024) } },
      'parameters: Too long: may not be more than 262144 bytes',
    ],
  ],
  refused: [
    ['another driver', { driverName: 'other' }, 'driverName: Forbidden: updates to driverName are forbidden.'],
    ['other parameters', { parameters: { iops: '1' } }, 'parameters: Forbidden: updates to parameters are forbidden.'],
  ],
});

checkKind(volumeAttachments, {
  minimal: { spec: { attacher: 'disk.example.com', nodeName: 'n1', source: { persistentVolumeName: 'pv' } } },
  created: { status: { attached: false } },
  invalid: [
    [
      'no source',
      { spec: { source: null } },
      'spec.source: Required value: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
    [
      'two sources',
      { spec: { source: { inlineVolumeSpec: {} } } },
      'spec.source: Forbidden: must specify exactly one of inlineVolumeSpec and persistentVolumeName',
    ],
    [
      'a volume without a name',
      { spec: { source: { persistentVolumeName: '' } } },
      'spec.source.persistentVolumeName: Required value: must specify non empty persistentVolumeName',
    ],
  ],
  refused: [
    [
      'another node',
      { spec: { nodeName: 'n2' } },
      'spec: Invalid value: {"attacher":"disk.example.com","nodeName":"n2","source":{"persistentVolumeName":"pv"}}: field is immutable',
    ],
  ],
});

test('VolumeAttachment: the status path sets what is attached', () => {
  const minimal = { spec: { attacher: 'a', nodeName: 'n1', source: { persistentVolumeName: 'pv' } } };
  const { object, complaints } = updateIn(volumeAttachments, minimal, { status: { attached: true } }, 'status');
  assert.deepEqual(complaints, []);
  assert.deepEqual(object.status, { attached: true });
});

checkKind(csiDrivers, {
  minimal: { spec: {} },
  created: {
    spec: {
      attachRequired: true,
      podInfoOnMount: false,
      storageCapacity: false,
      fsGroupPolicy: 'ReadWriteOnceWithFSType',
      volumeLifecycleModes: ['Persistent'],
      requiresRepublish: false,
      seLinuxMount: false,
    },
  },
  invalid: [
    [
      'tokens that are too short, too long, and said twice',
      {
        spec: {
          tokenRequests: [
            { audience: 'a', expirationSeconds: 599 },
            { audience: 'a', expirationSeconds: 599 },
            { audience: 'b', expirationSeconds: 2 ** 33 },
          ],
        },
      },
      'spec.tokenRequests[0].expirationSeconds: Invalid value: 599: may not specify a duration less than 10 minutes',
      'spec.tokenRequests[1].audience: Duplicate value: "a"',
      'spec.tokenRequests[2].expirationSeconds: Invalid value: 8589934592: may not specify a duration larger than 2^32 seconds',
    ],
    [
      'a place for tokens that it gets none of',
      { spec: { serviceAccountTokenInSecrets: true } },
      'spec.serviceAccountTokenInSecrets: Invalid value: true: serviceAccountTokenInSecrets is set but no tokenRequests are specified',
    ],
    [
      'an unknown life',
      { spec: { volumeLifecycleModes: ['Eternal'] } },
      'spec.volumeLifecycleModes: Unsupported value: "Eternal": supported values: "Persistent", "Ephemeral"',
    ],
    [
      'an unknown policy',
      { spec: { fsGroupPolicy: 'Some' } },
      'spec.fsGroupPolicy: Unsupported value: "Some": supported values: "File", "None", "ReadWriteOnceWithFSType"',
    ],
    [
      'a name that is too long',
      { metadata: { name: 'x'.repeat(64) } },
      'metadata.name: Too long: may not be more than 63 bytes',
    ],
  ],
  refused: [
    [
      'no attaching any more',
      { spec: { attachRequired: false } },
      'spec.attachedRequired: Invalid value: false: field is immutable',
    ],
  ],
});

checkKind(csiNodes, {
  minimal: { spec: { drivers: [{ name: 'disk.example.com', nodeID: 'n1', topologyKeys: ['zone'] }] } },
  invalid: [
    [
      'a driver twice, without an id',
      { spec: { drivers: [{ name: 'a', nodeID: '1' }, { name: 'a' }] } },
      'spec.drivers[1].nodeID: Required value',
      'spec.drivers[1].name: Duplicate value: "a"',
    ],
    [
      'room for less than nothing',
      { spec: { drivers: [{ name: 'a', nodeID: '1', allocatable: { count: -1 } }] } },
      'spec.drivers[0].allocatable.count: Invalid value: -1: must be greater than or equal to 0',
    ],
    [
      'a topology without a key',
      { spec: { drivers: [{ name: 'a', nodeID: '1', topologyKeys: [''] }] } },
      'spec.drivers[0]: Required value',
    ],
  ],
  refused: [
    [
      "a driver that is another machine's",
      { spec: { drivers: [{ name: 'disk.example.com', nodeID: 'n2', topologyKeys: ['zone'] }] } },
      'spec.drivers: Invalid value: {"name":"disk.example.com","nodeID":"n2","topologyKeys":["zone"]}: field is immutable',
    ],
  ],
  accepted: [
    [
      'more room, and another driver',
      {
        spec: {
          drivers: [
            { name: 'disk.example.com', nodeID: 'n1', topologyKeys: ['zone'], allocatable: { count: 4 } },
            { name: 'other', nodeID: 'x' },
          ],
        },
      },
    ],
  ],
});

checkKind(csiStorageCapacities, {
  minimal: { storageClassName: 'fast', capacity: '1024Gi' },
  created: { capacity: '1Ti' },
  invalid: [
    ['less room than none', { capacity: '-1' }, 'capacity: Invalid value: "-1": must be greater than or equal to 0'],
    [
      'a bad selector',
      { nodeTopology: { matchExpressions: [{ key: 'a', operator: 'In' }] } },
      "nodeTopology.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
    ],
    [
      'a class that cannot be',
      { storageClassName: 'a_b' },
      'storageClassName: Invalid value: "a_b": a lowercase RFC 1123 subdomain must consist of lower case alphanumeric ' +
        "characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for " +
        "validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ],
  ],
  refused: [
    ['another class', { storageClassName: 'slow' }, 'storageClassName: Invalid value: "slow": field is immutable'],
  ],
  accepted: [['more room', { capacity: '2Ti' }]],
});
