import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '../../../object.ts';
import { created, saidOnCreate, updated } from '../testing/said.ts';
import { persistentVolumeClaims } from './claims.ts';
import { persistentVolumes } from './persistent-volumes.ts';
import type { PersistentVolumeClaim } from './validate-claim.ts';
import type { PersistentVolume } from './validate-volume.ts';

const CLAIM = {
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'default' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    resources: { requests: { storage: '1Gi' } },
  } as PersistentVolumeClaim['spec'],
};
const VOLUME = {
  apiVersion: 'v1',
  kind: 'PersistentVolume',
  metadata: { name: 'pv' },
  spec: {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1024Mi' },
    hostPath: { path: '/data' },
  } as PersistentVolume['spec'],
};

function claim(spec: PersistentVolumeClaim['spec']): typeof CLAIM {
  return { ...CLAIM, spec: { ...CLAIM.spec, ...spec } };
}

function volume(spec: PersistentVolume['spec']): typeof VOLUME {
  return { ...VOLUME, spec: { ...VOLUME.spec, ...spec } };
}

test('claims and volumes get their defaults', () => {
  const made = created(persistentVolumeClaims, claim({ dataSource: { kind: 'PersistentVolumeClaim', name: 'x' } }));
  assert.equal(made.spec.volumeMode, 'Filesystem');
  assert.deepEqual(made.spec.dataSourceRef, { kind: 'PersistentVolumeClaim', name: 'x' });
  assert.deepEqual(made.status, { phase: 'Pending' });
  const stored = created(persistentVolumes, VOLUME);
  assert.deepEqual(stored.spec, {
    accessModes: ['ReadWriteOnce'],
    capacity: { storage: '1Gi' },
    hostPath: { path: '/data', type: '' },
    persistentVolumeReclaimPolicy: 'Retain',
    volumeMode: 'Filesystem',
  });
});

test('a claim says in two fields where its data comes from, and not from another namespace', () => {
  const sources = (spec: object) => {
    const { dataSource, dataSourceRef } = created(persistentVolumeClaims, claim(spec)).spec;
    return [dataSource, dataSourceRef];
  };
  const any = { apiGroup: 'example.com', kind: 'Backup', name: 'x' };
  assert.deepEqual(sources({ dataSourceRef: any }), [any, any]);
  const other = { ...any, namespace: 'other' };
  assert.deepEqual(sources({ dataSourceRef: other }), [undefined, undefined]);
  const own = { kind: 'PersistentVolumeClaim', name: 'x' };
  assert.deepEqual(sources({ dataSource: own, dataSourceRef: other }), [own, own]);
});

test('a claim keeps where its data comes from, also where a client knows one field only', () => {
  const any = { apiGroup: 'example.com', kind: 'Backup', name: 'x' };
  const old = created(persistentVolumeClaims, claim({ dataSourceRef: any })) as unknown as KubeObject;
  for (const field of ['dataSource', 'dataSourceRef'] as const) {
    const { said } = updated(persistentVolumeClaims, old, (object) => {
      delete (object as PersistentVolumeClaim).spec[field];
    });
    assert.deepEqual(said, [], field);
  }
});

test('a claim says how much it wants and how', () => {
  assert.deepEqual(saidOnCreate(persistentVolumeClaims, CLAIM), []);
  assert.deepEqual(saidOnCreate(persistentVolumeClaims, { ...CLAIM, spec: {} }), [
    'spec.accessModes: Required value: at least 1 access mode is required',
    'spec.resources[storage]: Required value',
  ]);
  assert.deepEqual(
    saidOnCreate(persistentVolumeClaims, {
      ...CLAIM,
      spec: {
        accessModes: ['ReadWriteOncePod', 'ReadWriteMany', 'Sometimes'],
        resources: { requests: { storage: '0' } },
        volumeMode: 'Tape',
        dataSource: { kind: 'Backup', name: '' },
      },
    }),
    [
      'spec.accessModes: Unsupported value: "Sometimes": supported values: "ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", ' +
        '"ReadWriteOncePod"',
      'spec.accessModes: Forbidden: may not use ReadWriteOncePod with other access modes',
      'spec.resources[storage]: Invalid value: "0": must be greater than zero',
      'spec.volumeMode: Unsupported value: "Tape": supported values: "Block", "Filesystem"',
      'spec.dataSource.name: Required value',
      'spec.dataSource: Invalid value: "Backup": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
      'spec.dataSourceRef.name: Required value',
      'spec.dataSourceRef: Invalid value: "Backup": must be \'PersistentVolumeClaim\' when referencing the default apiGroup',
    ],
  );
});

function changeClaim(
  change: (spec: PersistentVolumeClaim['spec']) => void,
  status: PersistentVolumeClaim['status'] = { phase: 'Bound' },
): string[] {
  const old = created(persistentVolumeClaims, claim({ storageClassName: 'fast' })) as unknown as KubeObject;
  old.status = status;
  return updated(persistentVolumeClaims, old, (object) => change((object as PersistentVolumeClaim).spec)).said;
}

const IMMUTABLE =
  'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims';

test('a claim stays what it is, but for its volume, its size and its attributes', () => {
  assert.deepEqual(
    changeClaim(() => {}),
    [],
  );
  assert.deepEqual(
    changeClaim((spec) => {
      spec.volumeName = 'pv';
    }),
    [],
  );
  assert.deepEqual(
    changeClaim((spec) => {
      spec.volumeAttributesClassName = 'gold';
    }),
    [],
  );
  assert.deepEqual(
    changeClaim((spec) => {
      spec.resources = { requests: { storage: '2Gi' } };
    }),
    [],
  );
  assert.deepEqual(
    changeClaim(
      (spec) => {
        spec.resources = { requests: { storage: '2Gi' } };
      },
      { phase: 'Pending' },
    ),
    [IMMUTABLE],
  );
  assert.deepEqual(
    changeClaim((spec) => {
      spec.storageClassName = 'slow';
    }),
    [IMMUTABLE],
  );
  assert.deepEqual(
    changeClaim((spec) => {
      spec.volumeMode = 'Block';
    }),
    [IMMUTABLE, 'volumeMode: Invalid value: "Block": field is immutable'],
  );
});

test('a claim shrinks only down to what it has', () => {
  const shrink = (capacity: string) =>
    changeClaim(
      (spec) => {
        spec.resources = { requests: { storage: '500Mi' } };
      },
      { phase: 'Bound', capacity: { storage: capacity } },
    );
  assert.deepEqual(shrink('400Mi'), []);
  assert.deepEqual(shrink('1Gi'), [
    'spec.resources.requests.storage: Forbidden: field can not be less than status.capacity',
  ]);
});

test('a volume is of one kind, of some size', () => {
  assert.deepEqual(saidOnCreate(persistentVolumes, VOLUME), []);
  assert.deepEqual(saidOnCreate(persistentVolumes, { ...VOLUME, spec: {} }), [
    'spec.accessModes: Required value',
    'spec.capacity: Required value',
    'spec.capacity: Unsupported value: {}: supported values: "storage"',
    'spec: Required value: must specify a volume type',
  ]);
  assert.deepEqual(saidOnCreate(persistentVolumes, volume({ nfs: { server: 's', path: '/' }, local: { path: '/' } })), [
    'spec.nodeAffinity: Required value: Local volume requires node affinity',
    'spec.nfs: Forbidden: may not specify more than 1 volume type',
    'spec.local: Forbidden: may not specify more than 1 volume type',
  ]);
  assert.deepEqual(
    saidOnCreate(persistentVolumes, volume({ hostPath: { path: '/x/..' }, persistentVolumeReclaimPolicy: 'Recycle' })),
    [
      'spec.hostPath.path: Invalid value: "/x/..": must not contain \'..\'',
      "spec.persistentVolumeReclaimPolicy: Forbidden: may not be 'recycle' for a hostPath mount of '/'",
    ],
  );
});

test('a volume stays what it is made of', () => {
  const old = created(persistentVolumes, VOLUME);
  const say = (change: (spec: PersistentVolume['spec']) => void) =>
    updated(persistentVolumes, old, (object) => change((object as PersistentVolume).spec)).said;
  assert.deepEqual(
    say((spec) => {
      spec.persistentVolumeReclaimPolicy = 'Delete';
    }),
    [],
  );
  assert.deepEqual(
    say((spec) => {
      spec.capacity = { storage: '2Gi' };
    }),
    [],
  );
  assert.deepEqual(
    say((spec) => {
      spec.hostPath = { path: '/other' };
    }),
    ['spec.persistentvolumesource: Forbidden: spec.persistentvolumesource is immutable after creation'],
  );
});

test('a CSI volume may learn the secret for its expansion, once', () => {
  const csi = { driver: 'csi.example.com', volumeHandle: 'h' };
  const secret = { name: 's', namespace: 'n' };
  const bare = created(persistentVolumes, { ...VOLUME, spec: { ...VOLUME.spec, hostPath: undefined, csi } });
  delete (bare as unknown as PersistentVolume).spec.hostPath;
  const taught = updated(persistentVolumes, bare, (object) => {
    (object as PersistentVolume).spec.csi = { ...csi, controllerExpandSecretRef: secret };
  });
  assert.deepEqual(taught.said, []);
  const again = updated(persistentVolumes, taught.object, (object) => {
    (object as PersistentVolume).spec.csi = { ...csi, controllerExpandSecretRef: { ...secret, name: 't' } };
  });
  assert.equal(again.said.length, 1);
});

test('columns of claims and volumes print what kubectl does', () => {
  const cells = (row: typeof persistentVolumes, object: KubeObject) =>
    (row.versions[0]?.columns ?? []).filter(({ name }) => name !== 'Age').map((column) => column.cell(object, 0));
  const bound = created(
    persistentVolumeClaims,
    claim({ volumeName: 'pv', storageClassName: 'fast' }),
  ) as unknown as PersistentVolumeClaim;
  bound.status = { phase: 'Bound', capacity: { storage: '1Gi' }, accessModes: ['ReadOnlyMany', 'ReadWriteOnce'] };
  assert.deepEqual(cells(persistentVolumeClaims, bound), [
    'Bound',
    'pv',
    '1Gi',
    'RWO,ROX',
    'fast',
    '<unset>',
    'Filesystem',
  ]);
  const free = created(persistentVolumeClaims, CLAIM) as unknown as PersistentVolumeClaim;
  assert.deepEqual(cells(persistentVolumeClaims, free), ['Pending', '', '', '', '', '<unset>', 'Filesystem']);
  const stored = created(persistentVolumes, volume({ claimRef: { namespace: 'default', name: 'data' } }));
  assert.deepEqual(cells(persistentVolumes, stored), [
    '1Gi',
    'RWO',
    'Retain',
    'Pending',
    'default/data',
    '',
    '<unset>',
    '',
    'Filesystem',
  ]);
});
