import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { familiarName, formatReference, normalizeTag, parseReference, withDefaultTag } from './reference.ts';

const HEX = 'a'.repeat(64);

describe('image reference', () => {
  const full: Record<string, string> = {
    nginx: 'docker.io/library/nginx',
    'nginx:1.25': 'docker.io/library/nginx:1.25',
    'user/app': 'docker.io/user/app',
    'docker.io/nginx': 'docker.io/library/nginx',
    'index.docker.io/nginx': 'docker.io/library/nginx',
    'localhost/app': 'localhost/app',
    'localhost:5000/a/b:c': 'localhost:5000/a/b:c',
    'registry.example.org/x': 'registry.example.org/x',
    '[::1]:5000/x:y': '[::1]:5000/x:y',
    'Host/app': 'Host/app',
    'a/b/c': 'docker.io/a/b/c',
    'a__b/c---d.e': 'docker.io/a__b/c---d.e',
    [`nginx@sha256:${HEX}`]: `docker.io/library/nginx@sha256:${HEX}`,
    [`nginx:1@sha256:${HEX}`]: `docker.io/library/nginx:1@sha256:${HEX}`,
  };
  for (const [text, expected] of Object.entries(full)) {
    it(`"${text.slice(0, 30)}" is ${expected.slice(0, 40)}`, () =>
      assert.equal(formatReference(parseReference(text)), expected));
  }

  const wrong = [
    '',
    ':tag',
    'a:',
    'a:b:c',
    'a//b',
    '/a',
    'a/',
    'UPPER',
    'user/UPPER',
    'a..b',
    '-a',
    'a-',
    'a___b',
    'a b',
    'ä',
    'a:tag with space',
    'a@sha256:12',
    'a@md5:1234',
    '-host.x/a',
    HEX,
    `${'x'.repeat(256)}`,
    `a:${'t'.repeat(129)}`,
    'a\n',
    '../../etc/passwd',
    'http://x/y',
    '[::1/x',
    `${'a-'.repeat(5000)}!`,
  ];
  for (const text of wrong) {
    it(`refuses ${JSON.stringify(text.slice(0, 40))}`, () => {
      assert.throws(
        () => parseReference(text),
        (error) => isHakoError(error, 'invalid'),
      );
    });
  }

  it('says what Docker says', () => {
    assert.throws(
      () => parseReference('UPPER'),
      /invalid reference format: repository name \(library\/UPPER\) must be lowercase/,
    );
    assert.throws(() => parseReference(HEX), /cannot specify 64-byte hexadecimal strings/);
    assert.throws(() => normalizeTag(`a@sha256:${HEX}`), /refusing to create a tag with a digest reference/);
  });

  it('adds the default tag where neither tag nor digest is given', () => {
    assert.equal(normalizeTag('nginx'), 'docker.io/library/nginx:latest');
    const pinned = parseReference(`nginx@sha256:${HEX}`);
    assert.deepEqual(withDefaultTag(pinned), pinned);
  });

  it('shows names short', () => {
    assert.equal(familiarName('docker.io/library/nginx:1'), 'nginx:1');
    assert.equal(familiarName('docker.io/user/app:1'), 'user/app:1');
    assert.equal(familiarName('docker.io/library/a/b:1'), 'library/a/b:1');
    assert.equal(familiarName('localhost:5000/x:1'), 'localhost:5000/x:1');
  });
});
