/** Hostile requests: paths, bodies, patches, selectors and tokens that want more than they may. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { before, describe, it } from 'node:test';
import { gzipSync } from 'node:zlib';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { refused, TestCluster } from '../../lib/kube.ts';
import { makeHere, maps, serves } from './support/serves.ts';

const { api } = forAllTests(await TestCluster.start());
const nobody = forAllTests(api.as({ anonymous: true }));

before(() => makeHere(api));

describe('paths', () => {
  const traversals = [
    '/api/v1/namespaces/default/configmaps/..',
    '/api/v1/namespaces/default/configmaps/%2e%2e',
    '/api/v1/namespaces/default/configmaps/..%2f..%2fsecrets',
    '/api/v1/namespaces/default/configmaps/%2e%2e%2f%2e%2e%2fkube-system%2fconfigmaps',
    '/api/v1/namespaces/..%2f/configmaps/here',
    '/api/v1/namespaces/%2e%2e/configmaps',
    '/api/v1/namespaces/default%2fconfigmaps/secrets',
  ];
  for (const path of traversals) {
    it(`${path} leads nowhere`, async () => {
      const answer = await api.call('GET', path);
      assert.ok([400, 404].includes(answer.code) || emptyList(answer.text), `${answer.code} ${answer.text}`);
    });
  }

  it('without rights are refused, whichever way they are written', async () => {
    const paths = [
      '/api/v1/namespaces/kube-system/secrets',
      '//api/v1/namespaces/kube-system/secrets',
      '/api/v1//namespaces/kube-system/secrets',
      '/api/v1/namespaces/default/../kube-system/secrets',
      '/healthz/../api/v1/namespaces/kube-system/secrets',
      '/healthz/%2e%2e/api/v1/secrets',
      '/version/..%2fapi/v1/secrets',
      '/API/V1/secrets',
      '/api/v1/SECRETS',
      '/api/v1/secrets;x=y',
      '/api/v1/secrets/',
      '/api/v1/%73ecrets',
      'http://elsewhere/api/v1/secrets',
    ];
    for (const path of paths) {
      const answer = await nobody.raw(`GET ${path} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n`);
      assert.match(answer, /^HTTP\/1\.1 (400|401|403|404) /, `${path}: ${answer.slice(0, 200)}`);
    }
  });

  it('with broken escapes are 400 or 404', async () => {
    for (const path of ['/api/v1/%', '/api/v1/namespaces/%zz/pods', '/api/v1/namespaces/%ff%fe/pods', '/%00']) {
      const answer = await api.call('GET', path);
      assert.ok([400, 404].includes(answer.code), `${path}: ${answer.code}`);
    }
  });

  it('names that are no names cannot be created', async () => {
    for (const name of ['..', '.', 'a/b', 'a%b', '../x', 'a\0b', 'a b', '__proto__', 'A'.repeat(300)]) {
      await refused(api.create(maps, { metadata: { name } }), 422, 'Invalid');
    }
  });

  it('namespaces that are no names cannot be created', async () => {
    for (const name of ['..', 'a.b', 'a/b', '__proto__', 'UPPER', 'x'.repeat(64)]) {
      await refused(api.create('/api/v1/namespaces', { metadata: { name } }), 422, 'Invalid');
    }
  });

  it('the namespace of the body cannot be another than that of the path', async () => {
    await refused(api.create(maps, { metadata: { name: 'x', namespace: 'kube-system' } }), 400, 'BadRequest');
  });

  it('of resources called like members of objects are 404', async () => {
    for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) {
      for (const path of [`/api/v1/${name}`, `/apis/${name}`, `/apis/${name}/v1`, `${maps}/here/${name}`]) {
        assert.equal((await api.call('GET', path)).code, 404, path);
      }
    }
  });

  it('that are very long are refused', async () => {
    const answer = await api.raw(`GET /api/v1/${'a'.repeat(100_000)} HTTP/1.1\r\nhost: x\r\n\r\n`);
    assert.doesNotMatch(answer, /^HTTP\/1\.1 [25]00/);
    await serves(api);
  });
});

function emptyList(text: string): boolean {
  return (JSON.parse(text) as { items?: unknown[] }).items?.length === 0;
}

describe('bodies', () => {
  it('above the limit are 413, whether they say their length or not', async () => {
    const large = Buffer.alloc(3 * 1024 * 1024 + 1, 0x20);
    const announced = await api.call('POST', maps, { body: large }).catch((error: Error) => error);
    if (!(announced instanceof Error)) assert.equal(announced.code, 413);
    const socket = await api.socket();
    socket.write(
      `POST ${maps} HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n`,
    );
    const answered = once(socket, 'data') as Promise<[Buffer]>;
    for (let sent = 0; sent < 50 && socket.writable; sent++) socket.write(`10000\r\n${' '.repeat(0x10000)}\r\n`);
    assert.match(String((await answered)[0]), /^HTTP\/1\.1 413/);
    socket.destroy();
    await serves(api);
  });

  it('that unpack above the limit are 413', async () => {
    const bomb = gzipSync(Buffer.alloc(200 * 1024 * 1024, 0x20));
    const answer = await api.call('POST', maps, { body: bomb, headers: { 'content-encoding': 'gzip' } });
    assert.equal(answer.code, 413);
  });

  it('that claim to be gzip and are not are 400', async () => {
    assert.equal((await api.call('POST', maps, { body: '{}', headers: { 'content-encoding': 'gzip' } })).code, 400);
  });

  it('in an encoding that nobody knows are 415', async () => {
    assert.equal((await api.call('POST', maps, { body: '{}', headers: { 'content-encoding': 'br' } })).code, 415);
  });

  it('of deep JSON are 400, and the server lives', async () => {
    const depth = 200_000;
    for (const body of ['['.repeat(depth), `${'{"a":'.repeat(depth)}1${'}'.repeat(depth)}`]) {
      assert.equal((await api.call('POST', maps, { body })).code, 400);
    }
    await serves(api);
  });

  it('of deep YAML are 400, and the server lives', async () => {
    for (const body of ['['.repeat(50_000), '- '.repeat(20_000), '{a: '.repeat(20_000)]) {
      const answer = await api.call('POST', maps, { body, headers: { 'content-type': 'application/yaml' } });
      assert.ok([400, 413].includes(answer.code), `${answer.code}`);
    }
    await serves(api);
  });

  it('of deep patches are refused, and the server lives', async () => {
    const body = `${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}`;
    for (const type of ['merge-patch+json', 'strategic-merge-patch+json', 'json-patch+json', 'apply-patch+yaml']) {
      const headers = { 'content-type': `application/${type}` };
      const answer = await api.call('PATCH', `${maps}/here?fieldManager=m`, { body, headers });
      assert.ok(answer.code >= 400 && answer.code < 500, `${type}: ${answer.code} ${answer.text.slice(0, 200)}`);
    }
    await serves(api);
  });

  it('of YAML with aliases that grow are refused', async () => {
    const lines = ['a0: &a0 [x,x,x,x,x,x,x,x,x,x]'];
    for (let level = 1; level < 10; level++) {
      lines.push(
        `a${level}: &a${level} [${Array(10)
          .fill(`*a${level - 1}`)
          .join(',')}]`,
      );
    }
    const answer = await api.call('POST', maps, {
      body: lines.join('\n'),
      headers: { 'content-type': 'application/yaml' },
    });
    assert.ok([400, 413].includes(answer.code), `${answer.code}`);
    await serves(api);
  });

  it('that are no UTF-8 store nothing but text', async () => {
    const body = Buffer.concat([
      Buffer.from('{"metadata":{"name":"bytes"},"data":{"a":"'),
      Buffer.from([0xff, 0xfe]),
      Buffer.from('"}}'),
    ]);
    const answer = await api.call('POST', maps, { body });
    assert.ok([201, 400].includes(answer.code));
  });

  it('with keys of prototypes change nothing but themselves', async () => {
    const body =
      '{"metadata":{"name":"proto","labels":{"__proto__":"x","constructor":"y"},"__proto__":{"admin":true}},' +
      '"data":{"constructor":"c","toString":"t"},"__proto__":{"polluted":true},"constructor":{"prototype":{"polluted":true}}}';
    const answer = await api.call('POST', maps, { body });
    assert.ok([201, 422].includes(answer.code), answer.text);
    assert.equal('polluted' in {}, false);
    assert.equal('admin' in {}, false);
  });

  it('keys of prototypes in free maps are kept or refused as any other key', async () => {
    const made = await api.call('POST', maps, {
      body: '{"metadata":{"name":"keys"},"data":{"constructor":"c","valueOf":"v"}}',
    });
    assert.deepEqual(made.json<{ data: object }>().data, { constructor: 'c', valueOf: 'v' });
  });

  for (const [type, body] of [
    [
      'merge-patch+json',
      '{"__proto__":{"polluted":1},"metadata":{"__proto__":{"polluted":1}},"constructor":{"prototype":{"polluted":1}}}',
    ],
    ['strategic-merge-patch+json', '{"__proto__":{"polluted":1},"metadata":{"annotations":{"__proto__":"x"}}}'],
    ['json-patch+json', '[{"op":"add","path":"/__proto__/polluted","value":1}]'],
    ['json-patch+json', '[{"op":"add","path":"/constructor/prototype/polluted","value":1}]'],
    ['apply-patch+yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: here}\ndata: {__proto__: "1"}\n'],
  ] as const) {
    it(`a ${type} cannot reach a prototype: ${body.slice(0, 40).replaceAll('\n', ' ')}`, async () => {
      const headers = { 'content-type': `application/${type}` };
      const answer = await api.call(
        'PATCH',
        `${maps}/here?fieldManager=m&force=${type.startsWith('apply')}`.replace('&force=false', ''),
        { body, headers },
      );
      assert.ok(answer.code < 500, answer.text);
      assert.equal('polluted' in {}, false);
      await serves(api);
    });
  }
});

describe('patches that explode', () => {
  it('a JSON patch that copies what it copied is stopped', async () => {
    await api.create(maps, { metadata: { name: 'bomb' }, data: { a: 'x'.repeat(1000) } });
    const body = Array.from({ length: 60 }, (_, index) => ({ op: 'copy', from: '/data', path: `/data/k${index}` }));
    const answer = await api.call('PATCH', `${maps}/bomb`, {
      body,
      headers: { 'content-type': 'application/json-patch+json' },
    });
    assert.ok(answer.code >= 400 && answer.code < 500, String(answer.code));
    await serves(api);
  });

  it('an object larger than the limit cannot grow by patches', async () => {
    await api.create(maps, { metadata: { name: 'grow' }, data: {} });
    const headers = { 'content-type': 'application/merge-patch+json' };
    let code = 200;
    for (let index = 0; code === 200 && index < 5; index++) {
      ({ code } = await api.call('PATCH', `${maps}/grow`, {
        body: { data: { [`k${index}`]: 'x'.repeat(500_000) } },
        headers,
      }));
    }
    assert.equal(code, 422);
  });
});

describe('selectors', () => {
  it('of great size are answered or refused, soon', async () => {
    const label = encodeURIComponent(`a in (${Array.from({ length: 1500 }, (_, index) => `v${index}`).join(',')})`);
    const answer = await api.call('GET', `${maps}?labelSelector=${label}`);
    assert.ok([200, 400, 431].includes(answer.code), String(answer.code));
  });

  for (const selector of [
    'a'.repeat(3000),
    '('.repeat(3000),
    'a in ('.repeat(500),
    `${'a,'.repeat(1500)}!`,
    `a${' '.repeat(3000)}!`,
  ]) {
    it(`that look for slow patterns are refused at once: ${selector.slice(0, 12)}…`, async () => {
      await refused(api.get(`${maps}?labelSelector=${encodeURIComponent(selector)}`), 400, 'BadRequest');
    });
  }

  it('of fields called like members of objects are 400', async () => {
    for (const field of ['__proto__', 'constructor', 'metadata.__proto__', 'toString']) {
      await refused(api.get(`${maps}?fieldSelector=${field}%3Dx`), 400, 'BadRequest');
    }
  });
});

describe('continue tokens', () => {
  const token = (start: string, rv: unknown = 1) =>
    Buffer.from(JSON.stringify({ v: 'meta.k8s.io/v1', rv, start })).toString('base64url');

  it('made by hand show nothing of other resources or namespaces', async () => {
    await api.create('/api/v1/namespaces/default/secrets', { metadata: { name: 'hidden' } });
    const starts = [
      '../secrets/default/',
      '/../../secrets/\0',
      '..\0',
      '\0',
      'a/../../secrets/a\0',
      '/registry/secrets/\0',
      'default/../kube-system/\0',
    ];
    for (const start of starts) {
      for (const revision of [-1, 1, 99_999_999]) {
        const { code, text } = await api.call('GET', `${maps}?limit=500&continue=${token(start, revision)}`);
        assert.ok([200, 400, 410, 504].includes(code), `${code} ${text}`);
        assert.doesNotMatch(text, /"name":"hidden"|"namespace":"kube-/, start);
      }
    }
  });

  it('with wrong types are 400', async () => {
    for (const rv of ['1', null, 1.5, {}, 1e300])
      await refused(api.get(`${maps}?limit=1&continue=${token('a', rv)}`), 400);
  });
});
