/** Which audit events there are of a request, from its first byte to its last: plain ones, streams, tunnels, and those of nobody. */
import assert from 'node:assert/strict';
import { existsSync, mkdtempDisposableSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, TestCluster } from '../../lib/kube.ts';
import { eventually } from '../../lib/wait.ts';
import { aggregate } from './support/aggregate.ts';
import { ExtensionServer } from './support/extension-server.ts';
import { it } from './support/scenario.ts';

const folder = forAllTests(mkdtempDisposableSync(join(tmpdir(), 'hako-stages-'))).path;
const auditLog = join(folder, 'audit.log');
const maps = '/api/v1/namespaces/default/configmaps';
const pods = '/api/v1/namespaces/default/pods';
const upgrade = { connection: 'Upgrade', upgrade: 'websocket' };
const policy = join(folder, 'policy.json');
writeFileSync(
  policy,
  JSON.stringify({ apiVersion: 'audit.k8s.io/v1', kind: 'Policy', rules: [{ level: 'Metadata' }] }),
);
const { api } = forAllTests(await TestCluster.start({ server: { audit: { policy, log: auditLog } } }));
let count = 0;

before(async () => {
  await api.create(pods, {
    metadata: { name: 'p' },
    spec: { nodeName: 'n', containers: [{ name: 'c', image: 'i' }] },
  });
});

interface AuditEvent {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly user: { readonly username: string; readonly groups?: string[] };
  readonly impersonatedUser?: { readonly username: string };
  readonly responseStatus?: { readonly code: number; readonly message?: string };
  readonly objectRef?: { readonly resource: string; readonly subresource?: string };
}

/** A name for a request, by which its events are found. */
const newId = () => `request-${++count}`;

function eventsOf(id: string): AuditEvent[] {
  const text = existsSync(auditLog) ? readFileSync(auditLog, 'utf8') : '';
  const lines = text.split('\n').filter((line) => line !== '');
  return lines.map((line) => JSON.parse(line) as AuditEvent).filter(({ auditID }) => auditID === id);
}

/** The stages of a request with their codes, once there is one of these. */
async function stagesOf(id: string, last: string): Promise<[string, number | undefined][]> {
  await eventually(`${last} of ${id} is written`, () => eventsOf(id).some(({ stage }) => stage === last));
  return eventsOf(id).map(({ stage, responseStatus }) => [stage, responseStatus?.code]);
}

describe('audit events', () => {
  it('of a plain request are two', async () => {
    const id = newId();
    const { headers } = await api.call('GET', maps, { headers: { 'audit-id': id } });
    assert.equal(headers['audit-id'], id);
    assert.deepEqual(await stagesOf(id, 'ResponseComplete'), [
      ['RequestReceived', undefined],
      ['ResponseComplete', 200],
    ]);
  });

  it('of a watch tell of its beginning, and of its end when it is over', async () => {
    const id = newId();
    const response = await api.open('GET', `${maps}?watch=true`, { headers: { 'audit-id': id } });
    const begun = [
      ['RequestReceived', undefined],
      ['ResponseStarted', 200],
    ];
    assert.deepEqual(await stagesOf(id, 'ResponseStarted'), begun);
    await api.create(maps, { metadata: { name: `m-${++count}` } });
    assert.deepEqual(await stagesOf(id, 'ResponseStarted'), begun);
    response.destroy();
    assert.deepEqual(await stagesOf(id, 'ResponseComplete'), [...begun, ['ResponseComplete', 200]]);
  });

  it('of a connection that is not made are those of a stream', async () => {
    for (const headers of [upgrade, {}]) {
      const id = newId();
      const answer = await api.call('GET', `${pods}/p/exec?command=sh`, { headers: { ...headers, 'audit-id': id } });
      assert.equal(answer.code, 503);
      assert.equal(answer.headers['audit-id'], id);
      assert.deepEqual(await stagesOf(id, 'ResponseComplete'), [
        ['RequestReceived', undefined],
        ['ResponseStarted', 503],
        ['ResponseComplete', 503],
      ]);
      const [{ verb, objectRef, user } = assert.fail()] = eventsOf(id);
      assert.deepEqual([verb, objectRef?.resource, objectRef?.subresource], ['get', 'pods', 'exec']);
      assert.equal(user.username, 'kubernetes-admin');
    }
  });

  it('of a refused connection have its code', async () => {
    using nobody = api.impersonating('nobody');
    for (const [who, path, extra] of [
      [nobody, `${pods}/p/exec`, {}],
      [api, `${pods}/p/exec`, { origin: 'https://evil.example' }],
    ] as const) {
      const id = newId();
      const answer = await who.call('GET', path, { headers: { ...upgrade, ...extra, 'audit-id': id } });
      assert.equal(answer.code, 403);
      assert.deepEqual((await stagesOf(id, 'ResponseComplete')).at(-1), ['ResponseComplete', 403]);
    }
  });

  it('of a body that is too large have its code', async () => {
    const id = newId();
    const body = Buffer.alloc(4_000_000, 'x');
    const sent = api.call('POST', maps, { body, headers: { 'audit-id': id } });
    await sent.catch(() => undefined); // The connection may be cut while the client still writes.
    assert.deepEqual((await stagesOf(id, 'ResponseComplete')).at(-1), ['ResponseComplete', 413]);
  });
});

describe('nobody', () => {
  const refusal = async (headers: Record<string, string>, path = maps): Promise<AuditEvent> => {
    const id = newId();
    using stranger = api.as({ anonymous: true });
    const answer = await stranger.call('GET', path, { headers: { ...headers, 'audit-id': id } });
    assert.equal(answer.code, 401);
    assert.equal(answer.headers['audit-id'], id);
    assert.deepEqual(await stagesOf(id, 'ResponseStarted'), [['ResponseStarted', 401]]);
    return eventsOf(id)[0] ?? assert.fail();
  };

  it('is written down with what he tried, and not with what he said', async () => {
    const event = await refusal({ authorization: 'Bearer hush-hush' });
    assert.equal(event.responseStatus?.message, 'Authentication failed, attempted: bearer');
    assert.deepEqual([event.user.groups, event.verb, event.objectRef?.resource], [undefined, 'list', 'configmaps']);
    assert.doesNotMatch(readFileSync(auditLog, 'utf8'), /hush-hush/);
  });

  it('is written down also where he wants a connection', async () => {
    const event = await refusal({ ...upgrade, authorization: 'Bearer hush-hush' }, `${pods}/p/exec`);
    assert.equal(event.objectRef?.subresource, 'exec');
  });

  it('who wants to be somebody else is known', async () => {
    const id = newId();
    const token = await tokenOf('robot');
    using robot = api.as({ token, headers: { 'impersonate-user': 'root' } });
    assert.equal((await robot.call('GET', maps, { headers: { 'audit-id': id } })).code, 403);
    assert.deepEqual(await stagesOf(id, 'ResponseComplete'), [
      ['RequestReceived', undefined],
      ['ResponseComplete', 403],
    ]);
    assert.equal(eventsOf(id)[0]?.user.username, 'system:serviceaccount:default:robot');
  });

  async function tokenOf(name: string): Promise<string> {
    const accounts = '/api/v1/namespaces/default/serviceaccounts';
    await api.create(accounts, { metadata: { name } });
    return String(at(await api.create(`${accounts}/${name}/token`, { spec: {} }), 'status.token'));
  }
});

describe('requests that want another protocol', () => {
  it('are classified as any other', async () => {
    for (const headers of [upgrade, {}]) {
      const answer = await api.call('GET', `${pods}/p/exec`, { headers });
      assert.match(String(answer.headers['x-kubernetes-pf-flowschema-uid']), /^[0-9a-f-]{36}$/);
      assert.match(String(answer.headers['x-kubernetes-pf-prioritylevel-uid']), /^[0-9a-f-]{36}$/);
    }
  });

  it('are counted in the metrics', async () => {
    await api.call('GET', `${pods}/p/attach`, { headers: upgrade });
    const counted = /^apiserver_request_total\{verb="GET",[^}]*subresource="attach",[^}]*code="503"\} 1$/m;
    await eventually('it is counted', async () => counted.test((await api.call('GET', '/metrics')).text));
  });

  it('where nobody speaks it are plain requests, and the last of their connection', async () => {
    const answer = await api.call('GET', maps, { headers: upgrade });
    assert.deepEqual([answer.code, answer.headers.connection], [200, 'close']);
    assert.equal(answer.json().kind, 'ConfigMapList');
  });
});

describe('tunnels to aggregated APIs', () => {
  let extension: ExtensionServer;
  const path = '/apis/tunnel.example.org/v1/namespaces/default/pipes/p';

  before(async () => {
    extension = await ExtensionServer.start();
    extension.behaviour = ({ url }) =>
      url === '/apis/tunnel.example.org/v1'
        ? { kind: 'APIResourceList', apiVersion: 'v1', groupVersion: 'tunnel.example.org/v1', resources: [] }
        : { kind: 'Pipe' };
    await aggregate(api, 'tunnel', extension);
    await eventually('the API is available', async () => (await api.call('GET', path)).code === 200);
  });

  after(() => extension[Symbol.asyncDispose]());

  it('carry bytes both ways, and are complete when they are closed', async () => {
    extension.upgrade = (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\n');
      socket.pipe(socket);
    };
    const id = newId();
    const socket = await api.socket();
    let received = '';
    socket.on('data', (bytes: Buffer) => {
      received += bytes.toString();
    });
    socket.write(
      `GET ${path} HTTP/1.1\r\nhost: x\r\naudit-id: ${id}\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nfirst `,
    );
    await eventually('the tunnel is open', () => received.endsWith('first '));
    assert.match(received, /^HTTP\/1\.1 101 Switching Protocols\r\n/);
    socket.write('second');
    await eventually('it carries', () => received.endsWith('first second'));
    assert.deepEqual(await stagesOf(id, 'RequestReceived'), [['RequestReceived', undefined]]);
    socket.destroy();
    assert.deepEqual((await stagesOf(id, 'ResponseComplete')).at(-1), ['ResponseComplete', 101]);
  });

  it('that the other side refuses are its answer, and no tunnel', async () => {
    extension.upgrade = (_request, socket) => {
      socket.end('HTTP/1.1 418 No\r\nx-why: tea\r\ncontent-length: 3\r\n\r\nno!');
    };
    const answer = await api.raw(
      `GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: echo\r\n\r\nGET ${maps} HTTP/1.1\r\nhost: x\r\n\r\n`,
    );
    assert.match(answer, /^HTTP\/1\.1 418 /);
    assert.match(answer, /x-why: tea/);
    assert.equal(answer.match(/HTTP\/1\.1/g)?.length, 1);
  });
});
