import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeIn, checkKind, createIn, NOW_MS } from '../testing/check-kind.ts';
import { certificateSigningRequests as row } from './certificate-signing-requests.ts';
import { isDerSequence, pemBlocks } from './pem.ts';

const DER = Buffer.from([0x30, 0x03, 0x02, 0x01, 0x05]);

function pem(type: string, der = DER): string {
  return Buffer.from(`-----BEGIN ${type}-----\n${der.toString('base64')}\n-----END ${type}-----\n`).toString('base64');
}

const REQUEST = pem('CERTIFICATE REQUEST');
const NOW = '2026-01-02T03:04:05Z';
const MINIMAL = { spec: { request: REQUEST, signerName: 'example.com/signer', usages: ['client auth'] } };

checkKind(row, {
  minimal: MINIMAL,
  created: { status: {} },
  invalid: [
    [
      'a request of another type',
      { spec: { request: pem('CERTIFICATE') } },
      `spec.request: Invalid value: "${pem('CERTIFICATE')}": PEM block type must be CERTIFICATE REQUEST`,
    ],
    ['no usages', { spec: { usages: [] } }, 'spec.usages: Required value'],
    ['no signer', { spec: { signerName: null } }, 'spec.signerName: Required value'],
    [
      'a signer without a path',
      { spec: { signerName: 'example.com' } },
      'spec.signerName: Invalid value: "example.com": must be a fully qualified domain and path of the form "example.com/signer-name"',
    ],
    [
      'the old signer',
      { spec: { signerName: 'kubernetes.io/legacy-unknown' } },
      'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
    ],
    [
      'too short a life',
      { spec: { expirationSeconds: 599 } },
      'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
    ],
  ],
  accepted: [
    ['a spec that is changed stays what it was', { spec: { usages: ['any'] } }, { spec: { usages: ['client auth'] } }],
  ],
});

test('CertificateSigningRequest: usages are known, and said once', () => {
  const { complaints } = createIn(row, { spec: { ...MINIMAL.spec, usages: ['any', 'any', 'x'] } });
  assert.equal(complaints[0], 'spec.usages[1]: Duplicate value: "any"');
  assert.match(
    complaints[1] ?? '',
    /^spec\.usages\[2\]: Unsupported value: "x": supported values: "any", "cert sign", /,
  );
});

test('CertificateSigningRequest: the approval path approves, once and for all', () => {
  const { object: fresh } = createIn(row, MINIMAL);
  const approved = { type: 'Approved', status: 'True', reason: 'Fine' };
  const { object, complaints } = changeIn(
    row,
    fresh,
    { status: { conditions: [approved], certificate: 'x' } },
    'approval',
  );
  assert.deepEqual(complaints, []);
  assert.deepEqual(object.status, {
    conditions: [{ ...approved, lastUpdateTime: NOW, lastTransitionTime: NOW }],
  });
  assert.deepEqual(changeIn(row, object, { status: { conditions: [] } }, 'approval').complaints, [
    'status.conditions: Forbidden: updates may not remove a condition of type "Approved"',
  ]);
  const denied = { type: 'Denied', status: 'False' };
  assert.deepEqual(changeIn(row, fresh, { status: { conditions: [approved, denied] } }, 'approval').complaints, [
    'status.conditions[1].status: Unsupported value: "False": supported values: "True"',
    'status.conditions[1].type: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive',
  ]);
});

test('CertificateSigningRequest: the status path sets the certificate, and no approval', () => {
  const { object: fresh } = createIn(row, MINIMAL);
  const approved = { type: 'Approved', status: 'True' };
  const certificate = pem('CERTIFICATE');
  const { object, complaints } = changeIn(row, fresh, { status: { conditions: [approved], certificate } }, 'status');
  assert.deepEqual(complaints, []);
  assert.equal((object.status as { certificate?: string }).certificate, certificate);
  assert.equal(JSON.stringify(object.status).includes('Approved'), false);
  assert.deepEqual(
    changeIn(row, object, { status: { certificate: pem('CERTIFICATE', Buffer.from([0x30, 0])) } }, 'status').complaints,
    ['status.certificate: Forbidden: updates may not modify existing certificate content'],
  );
  assert.deepEqual(changeIn(row, fresh, { status: { certificate: REQUEST } }, 'status').complaints, [
    'status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed',
  ]);
});

test('CertificateSigningRequest: prints who really wants what, and what has become of it', () => {
  const { object } = createIn(row, { spec: { ...MINIMAL.spec, username: 'eve', expirationSeconds: 3600 } });
  const cells = () => row.versions[0]?.columns?.slice(1).map((column) => column.cell(object, NOW_MS));
  assert.deepEqual(cells(), ['example.com/signer', 'ann', '60m', 'Pending']);
  object.status = { conditions: [{ type: 'Approved', status: 'True' }], certificate: 'x' };
  assert.deepEqual(cells()?.at(-1), 'Approved,Issued');
  assert.equal(row.versions[0]?.selectableFields?.['spec.signerName']?.(object), 'example.com/signer');
});

test('pemBlocks and isDerSequence refuse what is none', () => {
  assert.deepEqual(pemBlocks('', 'CERTIFICATE'), []);
  assert.deepEqual(pemBlocks(Buffer.from('-----BEGIN CERTIFICATE-----').toString('base64'), 'CERTIFICATE'), []);
  assert.equal(pemBlocks(pem('SECRET'), 'CERTIFICATE'), undefined);
  assert.deepEqual(pemBlocks(pem('CERTIFICATE'), 'CERTIFICATE'), [DER]);
  assert.equal(isDerSequence(DER), true);
  for (const bytes of [
    [],
    [0x30],
    [0x30, 0x04, 1],
    [0x31, 0],
    [0x30, 0x80],
    [0x30, 0x85, 1, 1, 1, 1, 1],
    [0x30, 0x82, 1],
  ])
    assert.equal(isDerSequence(Buffer.from(bytes)), false, String(bytes));
});
