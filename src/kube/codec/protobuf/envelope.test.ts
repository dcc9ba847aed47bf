import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { decodeJson, encodeJson } from '../json/decode-json.ts';
import { decodeProtobuf, decodeWatchEvent, encodeProtobuf, encodeWatchEvent } from './mod.ts';

interface Recorded {
  command: string;
  /** What kubectl 1.36 sent for the command, in base64. */
  protobuf: string;
  /** What the same command prints with `--dry-run=client -o json`. */
  json: { apiVersion: string; kind: string };
}

const recorded = JSON.parse(
  readFileSync(join(import.meta.dirname, 'fixtures/kubectl-1.36.json'), 'utf8'),
) as Recorded[];

function roundTrip(object: { apiVersion: string; kind: string; [key: string]: unknown }): unknown {
  const bytes = encodeProtobuf(object, object);
  assert.ok(bytes, object.kind);
  return decodeProtobuf(bytes).object;
}

function refuses(bytes: Uint8Array, message: RegExp): void {
  assert.throws(
    () => decodeProtobuf(bytes),
    (error) => isStatusError(error, 'BadRequest') && message.test(error.message),
  );
}

/** A body of the kind with these bytes as its message. */
function bodyOf(apiVersion: string, kind: string, raw: Uint8Array): Buffer {
  const text = (number: number, value: string) =>
    Buffer.concat([Buffer.from([number, value.length]), Buffer.from(value)]);
  const type = Buffer.concat([text(0x0a, apiVersion), text(0x12, kind)]);
  const length: number[] = [];
  let rest = raw.length;
  for (; rest > 0x7f; rest >>>= 7) length.push((rest & 0x7f) | 0x80);
  length.push(rest);
  return Buffer.concat([
    Buffer.from('k8s\0\x0a'),
    Buffer.from([type.length]),
    type,
    Buffer.from([0x12, ...length]),
    raw,
  ]);
}

describe('decodeProtobuf reads what kubectl sends as what it prints', () => {
  for (const { command, protobuf, json } of recorded) {
    it(command, () => {
      const decoded = decodeProtobuf(Buffer.from(protobuf, 'base64'));
      assert.deepEqual(decoded.object, json);
      assert.deepEqual([decoded.apiVersion, decoded.kind], [json.apiVersion, json.kind]);
      assert.deepEqual(roundTrip(json), json);
    });
  }
});

it('encodeProtobuf and decodeProtobuf keep every kind of value', () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name: 'p',
      generation: 2 ** 40,
      creationTimestamp: '2026-01-02T03:04:05Z',
      labels: { a: 'b', 'x.y/z': 'ü🚢' },
      finalizers: ['one', 'two'],
      managedFields: [{ manager: 'm', time: '1969-12-31T23:59:59Z', fieldsV1: { 'f:spec': { '.': {} } } }],
    },
    spec: {
      containers: [
        {
          name: 'c',
          resources: { limits: { cpu: '100m', memory: '1Gi' } },
          readinessProbe: { httpGet: { port: 'web' }, initialDelaySeconds: 3 },
          livenessProbe: { tcpSocket: { port: 8080 } },
          env: [{ name: 'E', valueFrom: { secretKeyRef: { name: 's', key: 'k', optional: false } } }],
        },
      ],
      priority: -5,
      terminationGracePeriodSeconds: 0,
      volumes: [{ name: 'v', emptyDir: { sizeLimit: '1Mi' } }],
    },
  };
  // Structs that Go cannot leave out come back empty; the rest is as it was.
  assert.deepEqual(roundTrip(pod), pod);
  const lease = {
    apiVersion: 'coordination.k8s.io/v1',
    kind: 'Lease',
    spec: { renewTime: '2026-01-02T03:04:05.000607Z' },
  };
  assert.deepEqual(roundTrip(lease), lease);
});

it('encodeProtobuf and decodeProtobuf keep integers of 64 bits that no JavaScript number is', () => {
  for (const text of [
    '9223372036854775807',
    '-9223372036854775808',
    '9007199254740993',
    '9007199254740991',
    '-1',
    '0',
  ]) {
    const { value } = decodeJson(`{"apiVersion":"v1","kind":"DeleteOptions","gracePeriodSeconds":${text}}`);
    assert.equal(encodeJson(roundTrip(value as { apiVersion: string; kind: string })), encodeJson(value));
  }
});

it('encodeProtobuf writes whole numbers that stand for fractions as the nearest of 64 bits', () => {
  const crd = (maximum: string) => ({
    ...({ apiVersion: 'apiextensions.k8s.io/v1', kind: 'CustomResourceDefinition' } as const),
    spec: {
      group: 'x.example.org',
      names: { plural: 'things', kind: 'Thing' },
      scope: 'Cluster',
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: decodeJson(`{"maximum":${maximum}}`).value },
        },
      ],
    },
  });
  for (const [sent, nearest] of [
    ['9007199254740993', '9007199254740992'],
    ['-18446744073709551617', '-18446744073709552000'],
  ] as const) {
    assert.match(encodeJson(roundTrip(crd(sent))), new RegExp(`"maximum":${nearest}\\b`));
  }
});

it('encodeProtobuf has room for whatever comes', () => {
  const data = Object.fromEntries(Array.from({ length: 500 }, (_, at) => [`key-${at}`, 'ü'.repeat(at * 7)]));
  const secret = {
    apiVersion: 'v1',
    kind: 'Secret',
    data: { big: Buffer.alloc(1 << 20, 7).toString('base64') },
    stringData: data,
  };
  assert.deepEqual(roundTrip(secret), secret);
});

it('encodeProtobuf keeps schemas of CRDs: JSON, unions, numbers with fractions, extensions', () => {
  const openAPIV3Schema = {
    type: 'object',
    'x-kubernetes-preserve-unknown-fields': true,
    properties: {
      list: { type: 'array', items: { type: 'number', minimum: 0.5 }, default: [1, 'two', null, { three: false }] },
      map: { type: 'object', additionalProperties: { type: 'string', enum: ['a', 'b'] } },
      any: { additionalProperties: true },
      constructor: { type: 'string' },
    },
    dependencies: { a: ['b'], c: { type: 'object' } },
  };
  const versions = [{ name: 'v1', served: true, storage: false, schema: { openAPIV3Schema } }];
  const crd = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    spec: { group: 'g', versions },
  };
  assert.deepEqual(roundTrip(crd), crd);
});

it('encodeProtobuf knows lists, statuses and options of every group, and no kinds of CRDs', () => {
  const list = {
    apiVersion: 'v1',
    kind: 'ConfigMapList',
    metadata: { resourceVersion: '7' },
    items: [{ data: { a: 'b' } }],
  };
  assert.deepEqual(roundTrip(list), list);
  const status = {
    apiVersion: 'v1',
    kind: 'Status',
    code: 404,
    reason: 'NotFound',
    details: { causes: [{ field: 'x' }] },
  };
  assert.deepEqual(roundTrip(status), status);
  for (const apiVersion of ['v1', 'policy/v1', 'meta.k8s.io/v1', 'stable.example.com/v1']) {
    const options = { apiVersion, kind: 'DeleteOptions', gracePeriodSeconds: 0, dryRun: ['All'] };
    assert.deepEqual(roundTrip(options), options);
  }
  for (const type of [
    { apiVersion: 'stable.example.com/v1', kind: 'CronTab' },
    { apiVersion: 'v1', kind: 'constructor' },
    { apiVersion: 'meta.k8s.io/v1', kind: 'Table' },
  ]) {
    assert.equal(encodeProtobuf({}, type), undefined);
  }
});

it('encodeWatchEvent frames an event around the bytes of its object', () => {
  const object = { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' }, data: { a: 'AAE=' } };
  const encoded = encodeProtobuf(object, object);
  assert.ok(encoded);
  const frame = encodeWatchEvent('ADDED', encoded);
  assert.equal(frame.readUInt32BE(), frame.length - 4);
  assert.deepEqual(decodeWatchEvent(frame.subarray(4)), { type: 'ADDED', object });
});

it('decodeProtobuf takes what the body is from the endpoint where the body does not say', () => {
  const bytes = Buffer.from('k8s\0\x12\x00');
  assert.deepEqual(decodeProtobuf(bytes, { apiVersion: 'v1', kind: 'Namespace' }).object, {
    apiVersion: 'v1',
    kind: 'Namespace',
  });
  refuses(bytes, /Kind/);
});

it('decodeProtobuf passes over fields that nobody knows, of every wire type', () => {
  const unknown = [
    0xf8, 0x7f, 0x05, 0xfa, 0x7f, 0x02, 1, 2, 0xf9, 0x7f, 1, 2, 3, 4, 5, 6, 7, 8, 0xfd, 0x7f, 1, 2, 3, 4,
  ];
  const { object } = decodeProtobuf(bodyOf('v1', 'ConfigMap', Buffer.from([...unknown, 0x20, 0x00])));
  assert.deepEqual(object, { apiVersion: 'v1', kind: 'ConfigMap', immutable: false });
});

it('decodeProtobuf keeps keys of maps from being more than keys', () => {
  const object = { apiVersion: 'v1', kind: 'ConfigMap', data: JSON.parse('{"__proto__":"a","constructor":"b"}') };
  const decoded = roundTrip(object) as typeof object;
  assert.deepEqual(Object.keys(decoded.data), ['__proto__', 'constructor']);
  assert.equal(Object.getPrototypeOf(decoded.data), Object.prototype);
});

it('decodeProtobuf refuses every truncation of a body, or reads less of it', () => {
  for (const { protobuf } of recorded) {
    const whole = Buffer.from(protobuf, 'base64');
    for (let length = 0; length < whole.length; length++) {
      try {
        decodeProtobuf(whole.subarray(0, length));
      } catch (error) {
        assert.ok(isStatusError(error, 'BadRequest'), String(error));
      }
    }
  }
});

it('decodeProtobuf answers 400 to bytes that were changed, never anything worse', () => {
  for (const { protobuf } of recorded) {
    const whole = Buffer.from(protobuf, 'base64');
    for (let at = 4; at < whole.length; at++) {
      for (const byte of [0, 1, 0x7f, 0x80, 0xff]) {
        const changed = Buffer.from(whole);
        changed[at] = byte;
        try {
          decodeProtobuf(changed);
        } catch (error) {
          assert.ok(isStatusError(error, 'BadRequest'), String(error));
        }
      }
    }
  }
});

it('decodeProtobuf refuses lengths beyond the end, endless numbers and groups', () => {
  refuses(bodyOf('v1', 'Secret', Buffer.from([0x0a, 0xff, 0xff, 0xff, 0xff, 0x0f])), /the end before its time/);
  refuses(bodyOf('v1', 'Secret', Buffer.from([0x28, ...Array<number>(11).fill(0xff)])), /without an end/);
  refuses(bodyOf('v1', 'Secret', Buffer.from([0x0b])), /illegal tag/);
  refuses(bodyOf('v1', 'Secret', Buffer.from([0x08, 0x01])), /wrong wire type/);
  refuses(Buffer.from('{"kind":"Pod"}'), /does not begin/);
  refuses(bodyOf('v1', 'Nothing', Buffer.alloc(0)), /no kind "Nothing" is registered for version "v1"/);
});

it('decodeProtobuf refuses messages and envelopes that are nested without end', () => {
  // JSONSchemaProps.not within JSONSchemaProps.not, two thousand deep.
  let schema = Buffer.alloc(0);
  for (let level = 0; level < 2000; level++) {
    const length = schema.length > 0x7f ? [(schema.length & 0x7f) | 0x80, schema.length >> 7] : [schema.length];
    schema = Buffer.concat([Buffer.from([0xe2, 0x01, ...length]), schema]);
  }
  const wrap = (tag: number, inner: Buffer) => {
    const head = [tag, (inner.length & 0x7f) | 0x80, ((inner.length >> 7) & 0x7f) | 0x80, inner.length >> 14];
    return Buffer.concat([Buffer.from(head), inner]);
  };
  const crd = wrap(0x12, wrap(0x3a, wrap(0x22, wrap(0x0a, schema))));
  refuses(bodyOf('apiextensions.k8s.io/v1', 'CustomResourceDefinition', crd), /nested deeper than 200/);
  let revision = bodyOf('apps/v1', 'ControllerRevision', Buffer.alloc(0));
  for (let level = 0; level < 9; level++) {
    revision = bodyOf('apps/v1', 'ControllerRevision', wrap(0x12, wrap(0x0a, revision)));
  }
  refuses(revision, /objects within objects/);
});

it('decodeProtobuf refuses what is to be JSON and is none, and times out of range', () => {
  refuses(bodyOf('apps/v1', 'ControllerRevision', Buffer.from([0x12, 0x03, 0x0a, 0x01, 0x7b])), /is not JSON/);
  const late = [0x0a, 0x08, 0x42, 0x06, 0x08, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f];
  const metadata = Buffer.from([0x0a, late.length - 2 + 1, ...late.slice(2), 0x7f]);
  refuses(bodyOf('v1', 'ConfigMap', metadata), /body of the request/);
});

/** HAKO_KUBE_TESTDATA names `testdata/HEAD` of k8s.io/api, which has every kind as .pb and .json. */
const testdata = process.env.HAKO_KUBE_TESTDATA;
it('decodeProtobuf reads all of upstream samples as their JSON', {
  skip: testdata === undefined && 'HAKO_KUBE_TESTDATA is not set',
}, () => {
  const names = readdirSync(testdata ?? '').filter((name) => name.endsWith('.pb') && !name.includes('WatchEvent'));
  let compared = 0;
  for (const name of names) {
    const path = join(testdata ?? '', name);
    const json = JSON.parse(readFileSync(path.replace(/\.pb$/, '.json'), 'utf8')) as {
      apiVersion: string;
      kind: string;
    };
    if (encodeProtobuf({}, json) === undefined) continue;
    compared++;
    const { object } = decodeProtobuf(readFileSync(path));
    assert.deepEqual(object, json, name);
    assert.deepEqual(roundTrip(json), json, name);
  }
  assert.ok(compared > 120, `${compared} of ${names.length} compared`);
});
