import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { describe, it } from 'node:test';
import { isStatusError } from '#kube/api';
import { negotiate, wantsGzip } from './negotiate.ts';

const TABLE = 'application/json;as=Table;v=v1;g=meta.k8s.io';

describe('negotiate', () => {
  it('takes JSON where nothing else is wanted', () => {
    for (const accept of [undefined, '', '*/*', 'application/json', 'application/*;q=0.5', 'text/html, */*']) {
      assert.deepEqual(negotiate(accept, true), { media: 'json', as: undefined, version: 'v1' });
    }
  });

  it('takes the first form that it can make, by quality', () => {
    assert.equal(negotiate('application/json;q=0.1, application/yaml;q=0.9', true).media, 'yaml');
    assert.equal(negotiate('application/vnd.kubernetes.protobuf,application/json', true).media, 'protobuf');
    assert.equal(negotiate('application/vnd.kubernetes.protobuf,application/json', false).media, 'json');
  });

  it('gives the views that clients ask for, and passes over those that it does not know', () => {
    assert.equal(negotiate(`${TABLE},application/json`, true).as, 'Table');
    assert.equal(negotiate('application/json;as=Nothing;v=v1;g=meta.k8s.io,application/json', true).as, undefined);
    assert.equal(negotiate('application/json;as=Table;v=v9;g=meta.k8s.io,application/json', true).as, undefined);
    const list = negotiate('application/json;as=PartialObjectMetadataList;v=v1beta1;g=meta.k8s.io', true);
    assert.deepEqual(list, { media: 'json', as: 'PartialObjectMetadataList', version: 'v1beta1' });
  });

  it('refuses with 406 what it cannot make, also names that every object has', () => {
    for (const accept of [
      'text/html',
      'application/vnd.kubernetes.protobuf;as=Table;v=v1;g=meta.k8s.io',
      'constructor',
    ]) {
      assert.throws(
        () => negotiate(accept, true),
        (error: unknown) => isStatusError(error) && error.code === 406,
      );
    }
    assert.throws(() => negotiate('application/vnd.kubernetes.protobuf', false));
  });

  it('does not confuse kinds with and without protobuf that were asked for with the same header', () => {
    const accept = 'application/vnd.kubernetes.protobuf;x=1, application/yaml';
    assert.equal(negotiate(accept, true).media, 'protobuf');
    assert.equal(negotiate(accept, false).media, 'yaml');
    assert.equal(negotiate(accept, true).media, 'protobuf');
  });
});

describe('wantsGzip', () => {
  const asked = (accepted: string | undefined, remoteAddress = '192.0.2.1', method = 'GET') => {
    const headers = accepted === undefined ? {} : { 'accept-encoding': accepted };
    return wantsGzip({ method, headers, socket: { remoteAddress } as Socket });
  };

  it('is for clients elsewhere that take it', () => {
    for (const accepted of ['gzip', 'deflate, gzip;q=0.5', 'br,gzip', 'gzip ; q=1.0, identity']) {
      assert.equal(asked(accepted), true, accepted);
    }
    for (const accepted of [undefined, '', 'identity', 'x-gzip', 'gzip;q=0', 'gzip; q=0.00, br', 'gzipped']) {
      assert.equal(asked(accepted), false, accepted ?? 'nothing');
    }
    assert.equal(asked('gzip', '192.0.2.1', 'POST'), false);
  });

  it('is not for the machine itself', () => {
    for (const address of ['127.0.0.1', '127.8.0.1', '::1', '::ffff:127.0.0.1']) {
      assert.equal(asked('gzip', address), false, address);
    }
    assert.equal(asked('gzip', '::ffff:10.0.0.1'), true);
  });
});
