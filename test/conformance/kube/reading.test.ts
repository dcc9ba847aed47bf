/** What clients read before and beside objects: tables, media types, discovery, OpenAPI, health and metrics. */
import assert from 'node:assert/strict';
import { before, describe } from 'node:test';
import { gunzipSync } from 'node:zlib';
import type { KubeObject } from '#kube/api';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, refused, TestCluster } from '../../lib/kube.ts';
import { it } from './support/scenario.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const FLOWS = '/apis/flowcontrol.apiserver.k8s.io/v1';
const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';
const { api } = forAllTests(await TestCluster.start());

before(async () => {
  await api.create(maps, { metadata: { name: 'one', labels: { a: 'b' } }, data: { k: 'v' } });
});

function accepting(path: string, accept: string) {
  return api.call('GET', path, { headers: { accept } });
}

interface Table {
  readonly kind: string;
  readonly columnDefinitions: { name: string; type: string; priority: number }[];
  readonly rows: { cells: unknown[]; object?: KubeObject; conditions?: unknown }[];
}

describe('tables', () => {
  it('have columns, a row for each object, and its metadata', async () => {
    const table = (await accepting(maps, TABLE)).json<Table>();
    assert.deepEqual(
      table.columnDefinitions.map(({ name }) => name),
      ['Name', 'Data', 'Age'],
    );
    assert.deepEqual(table.rows[0]?.cells.slice(0, 2), ['one', 1]);
    assert.equal(table.rows[0]?.object?.kind, 'PartialObjectMetadata');
  });

  it('leave objects out or take them whole, as includeObject says', async () => {
    const none = (await accepting(`${maps}?includeObject=None`, TABLE)).json<Table>();
    assert.equal(none.rows[0]?.object ?? null, null);
    const whole = (await accepting(`${maps}?includeObject=Object`, TABLE)).json<Table>();
    assert.deepEqual(whole.rows[0]?.object?.data, { k: 'v' });
  });

  it('with another includeObject are 400', async () => {
    assert.equal((await accepting(`${maps}?includeObject=Half`, TABLE)).code, 400);
  });

  it('of pods have the columns that kubectl shows', async () => {
    const table = (await accepting('/api/v1/namespaces/default/pods', TABLE)).json<Table>();
    const shown = table.columnDefinitions.filter(({ priority }) => priority === 0).map(({ name }) => name);
    assert.deepEqual(shown, ['Name', 'Ready', 'Status', 'Restarts', 'Age']);
  });

  it('say of pods that are through that they are', async () => {
    const path = '/api/v1/namespaces/kube-public';
    await api.create(`${path}/serviceaccounts`, { metadata: { name: 'default' } });
    const spec = { containers: [{ name: 'c', image: 'example.com/c' }] };
    for (const name of ['failed', 'running', 'succeeded']) {
      await api.create(`${path}/pods`, { metadata: { name }, spec });
      const phase = name.replace(/^./, (letter) => letter.toUpperCase());
      await api.patch(`${path}/pods/${name}/status`, 'merge', { status: { phase } });
    }
    const { rows } = (await accepting(`${path}/pods`, TABLE)).json<Table>();
    const condition = (reason: string, message: string) => [{ type: 'Completed', status: 'True', reason, message }];
    assert.deepEqual(
      rows.map(({ conditions }) => conditions),
      [
        condition('Failed', 'The pod failed.'),
        undefined,
        condition('Succeeded', 'The pod has completed successfully.'),
      ],
    );
  });

  it('of flow schemas are in the order in which these are asked', async () => {
    const { rows } = (await accepting(`${FLOWS}/flowschemas`, TABLE)).json<Table>();
    const order = rows.map(({ cells: [name, , precedence] }) => [Number(precedence), name] as const);
    assert.ok(order.length > 5);
    assert.deepEqual([order[0]?.[1], order.at(-1)?.[1]], ['exempt', 'catch-all']);
    assert.deepEqual(
      order.map(([precedence]) => precedence),
      order.map(([precedence]) => precedence).toSorted((a, b) => a - b),
    );
    const list = await api.get<{ items: KubeObject[] }>(`${FLOWS}/flowschemas`);
    assert.equal(list.items[0]?.metadata.name, 'catch-all', 'lists keep the order of names');
  });

  it('of what has no metadata are 406', async () => {
    const headers = { accept: TABLE };
    const path = '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews';
    const answer = await api.call('POST', path, {
      headers,
      body: { spec: { nonResourceAttributes: { path: '/', verb: 'get' } } },
    });
    assert.equal(answer.code, 406);
  });

  it('are for those who fall back: the first form that the server has', async () => {
    const answer = await accepting(maps, `application/json;as=Chart;v=v1;g=meta.k8s.io,${TABLE},application/json`);
    assert.equal(answer.json<Table>().kind, 'Table');
  });
});

describe('media types', () => {
  it('metadata alone of an object and of a list', async () => {
    const one = (await accepting(`${maps}/one`, 'application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io')).json();
    assert.deepEqual([one.kind, one.apiVersion, 'data' in one], ['PartialObjectMetadata', 'meta.k8s.io/v1', false]);
    const list = (await accepting(maps, 'application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io')).json();
    assert.equal(list.kind, 'PartialObjectMetadataList');
  });

  it('YAML', async () => {
    const answer = await accepting(`${maps}/one`, 'application/yaml');
    assert.match(String(answer.headers['content-type']), /application\/yaml/);
    assert.match(answer.text, /^kind: ConfigMap$/m);
  });

  it('protobuf begins with k8s and a zero', async () => {
    const answer = await accepting(`${maps}/one`, 'application/vnd.kubernetes.protobuf');
    assert.equal(answer.headers['content-type'], 'application/vnd.kubernetes.protobuf');
    assert.equal(answer.bytes.subarray(0, 4).toString('latin1'), 'k8s\0');
  });

  it('what comes out as protobuf goes in as protobuf', async () => {
    const { bytes } = await accepting(`${maps}/one`, 'application/vnd.kubernetes.protobuf');
    const headers = { 'content-type': 'application/vnd.kubernetes.protobuf' };
    const answer = await api.call('PUT', `${maps}/one`, { body: bytes, headers });
    assert.equal(answer.code, 200);
    assert.deepEqual(answer.json().data, { k: 'v' });
  });

  it('nothing that the server makes is 406', async () => {
    for (const accept of ['text/html', 'application/xml', 'image/png']) {
      assert.equal((await accepting(maps, accept)).code, 406, accept);
    }
  });

  it('a body of another kind than JSON, YAML and protobuf is 415', async () => {
    for (const type of ['text/plain', 'application/xml', 'multipart/form-data']) {
      const answer = await api.call('POST', maps, { body: '{}', headers: { 'content-type': type } });
      assert.equal(answer.code, 415, type);
    }
  });

  it('a body of another kind than the path’s is 400', async () => {
    await refused(api.create(maps, { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'x' } }), 400);
    await refused(api.create(maps, { apiVersion: 'v2', kind: 'ConfigMap', metadata: { name: 'x' } }), 400);
  });

  it('large answers are compressed for those who take gzip, small ones are not', async () => {
    await api.create(maps, { metadata: { name: 'large' }, data: { k: 'v'.repeat(300_000) } });
    const headers = { 'accept-encoding': 'gzip' };
    const large = await api.call('GET', `${maps}/large`, { headers });
    assert.equal(large.headers['content-encoding'], 'gzip');
    assert.equal((JSON.parse(gunzipSync(large.bytes).toString()) as KubeObject).metadata.name, 'large');
    const small = await api.call('GET', `${maps}/one`, { headers });
    assert.equal(small.headers['content-encoding'], undefined);
  });

  it('errors are Status objects, in YAML too', async () => {
    const answer = await accepting(`${maps}/absent`, 'application/json');
    const { kind, status, reason, code } = answer.json<Record<string, unknown>>();
    assert.deepEqual(
      { kind, status, reason, code },
      { kind: 'Status', status: 'Failure', reason: 'NotFound', code: 404 },
    );
  });
});

describe('discovery', () => {
  const aggregated = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

  it('comes as one document, with verbs, scopes and subresources', async () => {
    const answer = await accepting('/api', aggregated);
    assert.match(String(answer.headers['content-type']), /as=APIGroupDiscoveryList/);
    const [core] = answer.json<{
      items: {
        versions: {
          version: string;
          resources: { resource: string; scope: string; subresources?: { subresource: string }[] }[];
        }[];
      }[];
    }>().items;
    const pods = core?.versions[0]?.resources.find(({ resource }) => resource === 'pods');
    assert.equal(pods?.scope, 'Namespaced');
    assert.ok(pods?.subresources?.some(({ subresource }) => subresource === 'eviction'));
  });

  it('has an ETag, and 304 for those who have it', async () => {
    const first = await accepting('/apis', aggregated);
    const etag = String(first.headers.etag);
    assert.notEqual(etag, 'undefined');
    const again = await api.call('GET', '/apis', { headers: { accept: aggregated, 'if-none-match': etag } });
    assert.equal(again.code, 304);
    assert.equal(again.bytes.length, 0);
  });

  it('comes group by group for older clients', async () => {
    assert.equal((await api.get('/api')).kind, 'APIVersions');
    assert.equal((await api.get('/apis')).kind, 'APIGroupList');
    assert.equal((await api.get('/apis/apps')).kind, 'APIGroup');
    assert.equal((await api.get('/apis/apps/v1')).kind, 'APIResourceList');
  });

  it('of an unknown group or version is 404', async () => {
    for (const path of ['/apis/absent.example', '/apis/apps/v9', '/api/v2']) await refused(api.get(path), 404);
  });

  it('prefers the newest version of a group', async () => {
    const { preferredVersion } = await api.get<{ preferredVersion: { version: string } }>('/apis/autoscaling');
    assert.equal(preferredVersion.version, 'v2');
  });

  it('the version is 1.36', async () => {
    const version = await api.get<{ major: string; minor: string; gitVersion: string }>('/version');
    assert.deepEqual([version.major, version.minor], ['1', '36']);
    assert.match(version.gitVersion, /^v1\.36\.\d+/);
  });
});

describe('OpenAPI', () => {
  it('v3 lists its documents with a hash each', async () => {
    const { paths } = await api.get<{ paths: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
    assert.match(paths['apis/apps/v1']?.serverRelativeURL ?? '', /^\/openapi\/v3\/apis\/apps\/v1\?hash=[0-9A-Fa-f]+$/);
    assert.ok(paths['api/v1']);
  });

  it('a document asked for with its hash may be kept for ever', async () => {
    const { paths } = await api.get<{ paths: Record<string, { serverRelativeURL: string }> }>('/openapi/v3');
    const answer = await api.call('GET', paths['apis/apps/v1']?.serverRelativeURL ?? '');
    assert.match(String(answer.headers['cache-control']), /immutable/);
    assert.ok(answer.headers.etag);
  });

  it('a document asked for with another hash redirects to the right one', async () => {
    const answer = await api.call('GET', '/openapi/v3/apis/apps/v1?hash=0000');
    assert.equal(answer.code, 301);
    assert.match(String(answer.headers.location), /hash=/);
  });

  it('is 304 for those who have it', async () => {
    const first = await api.call('GET', '/openapi/v3/apis/batch/v1');
    const again = await api.call('GET', '/openapi/v3/apis/batch/v1', {
      headers: { 'if-none-match': String(first.headers.etag) },
    });
    assert.equal(again.code, 304);
  });

  it('v3 names kinds and says that PATCH takes fieldValidation', async () => {
    const document = await api.get<{ paths: object; components: { schemas: object } }>('/openapi/v3/apis/apps/v1');
    const schema = Object.entries(document.components.schemas).find(
      ([name]) => name === 'io.k8s.api.apps.v1.Deployment',
    )?.[1];
    assert.deepEqual((schema as Record<string, unknown>)['x-kubernetes-group-version-kind'], [
      { group: 'apps', version: 'v1', kind: 'Deployment' },
    ]);
    const path = Object.entries(document.paths).find(
      ([name]) => name === '/apis/apps/v1/namespaces/{namespace}/deployments/{name}',
    )?.[1];
    const parameters = at(path, 'patch.parameters') as { name: string }[];
    assert.ok(parameters.some(({ name }) => name === 'fieldValidation'));
  });

  it('v2 is JSON or protobuf', async () => {
    const json = await api.get<{ swagger: string }>('/openapi/v2');
    assert.equal(json.swagger, '2.0');
  });

  it('of an unknown group is 404', async () => {
    await refused(api.get('/openapi/v3/apis/absent/v1'), 404);
  });
});

describe('health and metrics', () => {
  it('livez, readyz and healthz say ok, and more when asked', async () => {
    for (const path of ['/livez', '/readyz', '/healthz']) {
      assert.equal((await api.call('GET', path)).text, 'ok');
      assert.match((await api.call('GET', `${path}?verbose`)).text, /\[\+\]ping ok/);
    }
  });

  it('one check can be asked for, and one can be left out', async () => {
    assert.equal((await api.call('GET', '/livez/ping')).text, 'ok');
    assert.match((await api.call('GET', '/readyz?verbose&exclude=etcd')).text, /\[\+\]etcd excluded: ok/);
    assert.equal((await api.call('GET', '/livez/absent')).code, 404);
  });

  it('metrics count requests by verb, resource and code', async () => {
    await api.get(maps);
    const { text, headers } = await api.call('GET', '/metrics');
    assert.match(String(headers['content-type']), /text\/plain/);
    assert.match(text, /^# TYPE apiserver_request_total counter$/m);
    assert.match(text, /^apiserver_request_total\{[^}]*resource="configmaps"[^}]*\} \d+$/m);
  });

  it('every answer has an audit id and the flow that it was given', async () => {
    const { headers } = await api.call('GET', maps);
    assert.match(String(headers['audit-id']), /^[0-9a-f-]{36}$/);
    assert.ok('x-kubernetes-pf-flowschema-uid' in headers);
  });
});
