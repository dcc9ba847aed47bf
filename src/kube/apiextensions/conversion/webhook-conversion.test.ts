import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type KubeObject, StatusError } from '#kube/api';
import type { CustomResourceDefinition, WebhookClientConfig } from '../types.ts';
import { HttpsConversionClient } from './https-client.ts';
import { type Answer, converted, type Review, WebhookServer } from './testing/webhook-server.ts';
import { webhookConversion } from './webhook-conversion.ts';

function crdWith(clientConfig: WebhookClientConfig, conversionReviewVersions = ['v1']): CustomResourceDefinition {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: 'foos.example.com' },
    spec: {
      group: 'example.com',
      names: { plural: 'foos', kind: 'Foo' },
      scope: 'Namespaced',
      versions: [],
      conversion: { strategy: 'Webhook', webhook: { clientConfig, conversionReviewVersions } },
    },
  };
}

const foo = (name: string, version = 'v1'): KubeObject => ({
  apiVersion: `example.com/${version}`,
  kind: 'Foo',
  metadata: { name, namespace: 'n', uid: `uid-${name}`, resourceVersion: '7', labels: { a: 'b' } },
  spec: { hostPort: 'h:1' },
});
const upgrade = (object: KubeObject) => ({ ...object, apiVersion: 'example.com/v2', spec: { host: 'h', port: 1 } });

async function convert(
  answer: Answer,
  objects: KubeObject[],
  toVersion = 'v2',
  versions = ['v1'],
): Promise<KubeObject[]> {
  await using server = await WebhookServer.open(answer);
  const client = new HttpsConversionClient(() => Promise.reject(new Error('no service was asked for')));
  const crd = crdWith({ url: server.url, caBundle: server.caBundle }, versions);
  return (await webhookConversion(crd, client)(objects, toVersion)) as KubeObject[];
}

describe('webhookConversion', () => {
  it('converts what is in another version, and nothing else', async () => {
    let asked: Review | undefined;
    const answer = (review: Review) => {
      asked = review;
      return converted(review, upgrade);
    };
    const objects = await convert(answer, [foo('a'), foo('b', 'v2'), foo('c')]);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      ['a', 'b', 'c'],
    );
    assert.deepEqual(objects[0]?.spec, { host: 'h', port: 1 });
    assert.deepEqual(objects[1]?.spec, { hostPort: 'h:1' });
    assert.equal(asked?.request.objects.length, 2);
    assert.equal(asked?.apiVersion, 'apiextensions.k8s.io/v1');
    assert.equal(Object.keys(objects[0] ?? {})[0], 'apiVersion');
  });

  it('lets labels and annotations change, and no other metadata', async () => {
    const meddle = (object: KubeObject) => ({
      ...upgrade(object),
      metadata: {
        ...object.metadata,
        labels: { c: 'd' },
        annotations: { e: 'f' },
        finalizers: ['x/y'],
        resourceVersion: '9',
      },
    });
    const [object] = await convert((review) => converted(review, meddle), [foo('a')]);
    assert.deepEqual(object?.metadata, {
      name: 'a',
      namespace: 'n',
      uid: 'uid-a',
      resourceVersion: '7',
      labels: { c: 'd' },
      annotations: { e: 'f' },
    });
  });

  it('sends large lists in parts', async () => {
    let count = 0;
    const many = Array.from({ length: 1200 }, (_, index) => foo(`o${index}`));
    const answer = (review: Review) => {
      count++;
      return converted(review, upgrade);
    };
    const objects = await convert(answer, many);
    assert.equal(count, 3);
    assert.deepEqual(
      objects.map(({ metadata }) => metadata.name),
      many.map(({ metadata }) => metadata.name),
    );
  });

  it('speaks v1beta1 where the CRD wants it', async () => {
    let asked = '';
    const answer = (review: Review) => {
      asked = review.apiVersion;
      return converted(review, upgrade);
    };
    await convert(answer, [foo('a')], 'v2', ['v2', 'v1beta1', 'v1']);
    assert.equal(asked, 'apiextensions.k8s.io/v1beta1');
  });

  const refusals: [string, Answer, RegExp][] = [
    [
      'a failure',
      (review) => ({
        ...(converted(review, upgrade) as object),
        response: { uid: review.request.uid, result: { status: 'Failure', message: 'no idea' } },
      }),
      /conversion webhook for example.com\/v1, Kind=Foo failed: no idea/,
    ],
    [
      'another uid',
      (review) => ({
        ...(converted(review, upgrade) as object),
        response: { uid: 'x', result: { status: 'Success' }, convertedObjects: [] },
      }),
      /expected response.uid=/,
    ],
    [
      'too few objects',
      (review) => ({
        ...(converted(review, upgrade) as object),
        response: { uid: review.request.uid, result: { status: 'Success' }, convertedObjects: [] },
      }),
      /returned 0 objects, expected 1/,
    ],
    ['another kind of answer', () => ({ kind: 'Status' }), /no response provided/],
    ['no JSON', () => '<html>', /Post "https:\/\/127.0.0.1:\d+\/convert\?timeout=30s": Unexpected token/],
    [
      'another version',
      (review) => converted(review, (object) => object),
      /index 0: invalid groupVersion \(desired: example.com\/v2, received: example.com\/v1\)/,
    ],
    [
      'another kind',
      (review) => converted(review, (object) => ({ ...upgrade(object), kind: 'Bar' })),
      /invalid kind \(desired: Foo, received: Bar\)/,
    ],
    [
      'another name',
      (review) => converted(review, (object) => ({ ...upgrade(object), metadata: { ...object.metadata, name: 'z' } })),
      /must have the same name: a != z/,
    ],
    [
      'another owner',
      (review) => converted(review, (object) => ({ ...upgrade(object), metadata: { ...object.metadata, uid: 'z' } })),
      /must have the same uid/,
    ],
    [
      'labels that are none',
      (review) =>
        converted(review, (object) => ({ ...upgrade(object), metadata: { ...object.metadata, labels: { a: 1 } } })),
      /invalid metadata.labels/,
    ],
    ['null for an object', (review) => converted(review, () => null), /index 0: not an object/],
  ];
  for (const [title, answer, message] of refusals) {
    it(`refuses ${title}`, async () => {
      await assert.rejects(convert(answer, [foo('a')]), (error) => {
        assert.ok(error instanceof StatusError);
        assert.equal(error.code, 500);
        assert.match(error.message, message);
        return true;
      });
    });
  }
});

describe('HttpsConversionClient', () => {
  const nowhere = () => Promise.reject(new Error('no endpoints available for service "s"'));

  it('does not believe a certificate of another CA', async () => {
    await using server = await WebhookServer.open((review) => converted(review, upgrade));
    await using other = await WebhookServer.open((review) => converted(review, upgrade));
    const client = new HttpsConversionClient(nowhere);
    await assert.rejects(
      client.post({ url: server.url, caBundle: other.caBundle }, '{}', 5000),
      /certificate|signature/i,
    );
    await assert.rejects(client.post({ url: server.url }, '{}', 5000), /certificate/i);
    assert.equal(server.reviews.length, 0);
  });

  it('calls services by their name, where the resolver says', async () => {
    await using server = await WebhookServer.open(() => '{"ok":true}', ['s.n.svc']);
    const client = new HttpsConversionClient(() => Promise.resolve({ host: '127.0.0.1', port: server.port }));
    const service = { name: 's', namespace: 'n', path: '/x', port: 443 };
    assert.deepEqual(await client.post({ service, caBundle: server.caBundle }, '{}', 5000), { ok: true });
    const wrong = { ...service, name: 'other' };
    await assert.rejects(client.post({ service: wrong, caBundle: server.caBundle }, '{}', 5000), /other\.n\.svc/);
    await assert.rejects(
      new HttpsConversionClient(nowhere).post({ service }, '{}', 5000),
      /no endpoints available for service "s"/,
    );
  });

  it('gives up after its time', async () => {
    await using server = await WebhookServer.open(() => undefined);
    const client = new HttpsConversionClient(nowhere);
    await assert.rejects(
      client.post({ url: server.url, caBundle: server.caBundle }, '{}', 300),
      /context deadline exceeded|timeout/i,
    );
  });
});
