/** fieldValidation: what becomes of fields that nobody knows and of fields that are there twice. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { forAllTests } from '../../lib/for-all-tests.ts';
import { at, PATCH_TYPES, refused, TestCluster, warningsOf } from '../../lib/kube.ts';

const maps = '/api/v1/namespaces/default/configmaps';
const deployments = '/apis/apps/v1/namespaces/default/deployments';
const { api } = forAllTests(await TestCluster.start());
let count = 0;

function unknownField() {
  return { metadata: { name: `m-${++count}` }, data: { a: '1' }, colour: 'red' };
}

function deployment(containerExtra: object) {
  const labels = { app: 'x' };
  const containers = [{ name: 'c', image: 'i', ...containerExtra }];
  return {
    metadata: { name: `d-${++count}` },
    spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
  };
}

describe('fieldValidation=Strict', () => {
  it('refuses an unknown field by its name', async () => {
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, unknownField()), 400, 'BadRequest');
    assert.match(status.message ?? '', /strict decoding error: unknown field "colour"/);
  });

  it('refuses a nested unknown field by its path', async () => {
    const body = deployment({ imagePullPolice: 'Always' });
    const status = await refused(api.create(`${deployments}?fieldValidation=Strict`, body), 400);
    assert.match(status.message ?? '', /unknown field "spec\.template\.spec\.containers\[0\]\.imagePullPolice"/);
  });

  it('refuses a duplicate field of JSON', async () => {
    const body = '{"metadata":{"name":"twice"},"data":{"a":"1"},"data":{"b":"2"}}';
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, body), 400);
    assert.match(status.message ?? '', /duplicate field "data"/);
  });

  it('refuses a nested duplicate field of JSON by its path', async () => {
    const body = '{"metadata":{"name":"one","name":"two"}}';
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, body), 400);
    assert.match(status.message ?? '', /duplicate field "metadata\.name"/);
  });

  it('names all fields that are wrong', async () => {
    const body = { ...unknownField(), size: 1 };
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, body), 400);
    assert.match(status.message ?? '', /unknown field "colour"/);
    assert.match(status.message ?? '', /unknown field "size"/);
  });

  it('names unknown and duplicate fields of JSON in the order in which they stand', async () => {
    const body = '{"size":1,"size":2,"metadata":{"name":"one","name":"two"},"colour":"red","data":{},"data":{}}';
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, body), 400);
    const fields =
      'unknown field "size", duplicate field "metadata.name", unknown field "colour", duplicate field "data"';
    assert.match(status.message ?? '', new RegExp(`strict decoding error: ${fields}$`));
  });

  it('names duplicate fields of YAML and of patches before unknown ones', async () => {
    const yaml = 'colour: red\ncolour: blue\nmetadata:\n  name: yaml-order\n';
    const headers = { 'content-type': 'application/yaml' };
    const fields = /: duplicate field "colour", unknown field "colour"$/;
    assert.match(
      (await refused(api.create(`${maps}?fieldValidation=Strict`, yaml, headers), 400)).message ?? '',
      fields,
    );
    await api.create(maps, { metadata: { name: 'order' } });
    const patch = { body: '{"colour":1,"colour":2}', headers: { 'content-type': PATCH_TYPES.merge } };
    const answer = await api.call('PATCH', `${maps}/order?fieldValidation=Strict`, patch);
    assert.match(String(at(answer.json(), 'message')), fields);
  });

  it('refuses an unknown field of YAML', async () => {
    const body = 'metadata:\n  name: yaml-unknown\ncolour: red\n';
    const headers = { 'content-type': 'application/yaml' };
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, body, headers), 400);
    assert.match(status.message ?? '', /unknown field "colour"/);
  });

  it('refuses a duplicate key of YAML', async () => {
    const body = 'metadata:\n  name: yaml-twice\ndata:\n  a: "1"\n  a: "2"\n';
    const headers = { 'content-type': 'application/yaml' };
    const status = await refused(api.create(`${maps}?fieldValidation=Strict`, body, headers), 400);
    assert.match(status.message ?? '', /already set|duplicate/);
  });

  it('knows names by their case', async () => {
    const status = await refused(
      api.create(`${maps}?fieldValidation=Strict`, { metadata: { name: 'case' }, Data: { a: '1' } }),
      400,
    );
    assert.match(status.message ?? '', /unknown field "Data"/);
  });

  it('lets a correct object pass', async () => {
    const made = await api.create(`${maps}?fieldValidation=Strict`, { metadata: { name: 'right' }, data: { a: '1' } });
    assert.deepEqual(made.data, { a: '1' });
  });

  it('leaves free-form maps alone', async () => {
    await api.create(`${maps}?fieldValidation=Strict`, {
      metadata: { name: 'free', labels: { anything: 'goes' }, annotations: { more: 'so' } },
      data: { colour: 'red' },
    });
  });

  it('holds for updates', async () => {
    const made = await api.create(maps, { metadata: { name: 'update' } });
    await refused(api.update(`${maps}/update?fieldValidation=Strict`, { ...made, colour: 'red' }), 400);
  });

  for (const type of ['merge', 'strategic'] as const) {
    it(`holds for ${type} patches`, async () => {
      await api.create(maps, { metadata: { name: `patch-${type}` } });
      const patching = api.patch(`${maps}/patch-${type}?fieldValidation=Strict`, type, { colour: 'red' });
      const status = await refused(patching, 422, 'Invalid').catch(() => refused(patching, 400));
      assert.match(status.message ?? '', /unknown field "colour"/);
    });
  }

  it('holds for JSON patches', async () => {
    await api.create(maps, { metadata: { name: 'patch-json' } });
    const body = [{ op: 'add', path: '/colour', value: 'red' }];
    const patching = api.patch(`${maps}/patch-json?fieldValidation=Strict`, 'json', body);
    const status = await refused(patching, 422, 'Invalid').catch(() => refused(patching, 400));
    assert.match(status.message ?? '', /unknown field "colour"/);
  });

  it('stores nothing of what it refuses', async () => {
    const body = unknownField();
    await refused(api.create(`${maps}?fieldValidation=Strict`, body), 400);
    await refused(api.get(`${maps}/${body.metadata.name}`), 404);
  });
});

describe('fieldValidation=Warn', () => {
  it('is the default: the object is made and a warning names the field', async () => {
    const answer = await api.call('POST', maps, { body: unknownField() });
    assert.equal(answer.code, 201);
    assert.deepEqual(warningsOf(answer), ['unknown field "colour"']);
    assert.equal('colour' in answer.json(), false);
  });

  it('is a Warning header of the form 299 - "text"', async () => {
    const { headers } = await api.call('POST', `${maps}?fieldValidation=Warn`, { body: unknownField() });
    assert.equal(headers.warning, '299 - "unknown field \\"colour\\""');
  });

  it('warns of duplicates, and the last one counts', async () => {
    const body = `{"metadata":{"name":"m-${++count}"},"data":{"a":"1"},"data":{"a":"2"}}`;
    const answer = await api.call('POST', `${maps}?fieldValidation=Warn`, { body });
    assert.deepEqual(warningsOf(answer), ['duplicate field "data"']);
    assert.deepEqual(answer.json().data, { a: '2' });
  });

  it('warns of each field once', async () => {
    const answer = await api.call('POST', deployments, { body: deployment({ one: 1, two: 2 }) });
    assert.deepEqual(
      warningsOf(answer).map((text) => text.replace(/.*\./, '')),
      ['one"', 'two"'],
    );
  });

  it('warns of patches', async () => {
    await api.create(maps, { metadata: { name: 'warn-patch' } });
    const answer = await api.call('PATCH', `${maps}/warn-patch`, {
      body: { colour: 'red' },
      headers: { 'content-type': PATCH_TYPES.merge },
    });
    assert.equal(answer.code, 200);
    assert.deepEqual(warningsOf(answer), ['unknown field "colour"']);
  });

  it('refuses server-side apply of fields that the schema lacks', async () => {
    const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'applied' }, colour: 'red' };
    const status = await refused(api.apply(`${maps}/applied`, 'm', body), 500);
    assert.match(status.message ?? '', /failed to create typed patch object .*\.colour: field not declared in schema/);
  });
});

describe('fieldValidation=Ignore', () => {
  it('drops the field and says nothing', async () => {
    const answer = await api.call('POST', `${maps}?fieldValidation=Ignore`, { body: unknownField() });
    assert.equal(answer.code, 201);
    assert.deepEqual(warningsOf(answer), []);
    assert.equal('colour' in answer.json(), false);
  });
});

describe('fieldValidation', () => {
  it('of another value is 422', async () => {
    await refused(api.create(`${maps}?fieldValidation=Sloppy`, unknownField()), 422, 'Invalid');
  });

  it('does not excuse wrong types, whatever it says', async () => {
    for (const mode of ['Ignore', 'Warn', 'Strict']) {
      const body = { metadata: { name: 'types' }, data: { a: 1 } };
      const status = await refused(api.create(`${maps}?fieldValidation=${mode}`, body), 400, 'BadRequest');
      assert.match(status.message ?? '', /data/);
    }
  });
});
