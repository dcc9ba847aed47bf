import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { parseDeb822, parseOneLine, sourcesFor } from './apt-sources.ts';

const DEB822 = `Types: deb deb-src
# a comment
URIs: http://mirror.example/debian
Suites: bookworm
 bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/k.gpg

Types: deb
URIs: http://mirror.example/security
Suites: bookworm-security
Components: main

Enabled: no
Types: deb
URIs: http://mirror.example/off
Suites: bookworm
Components: main
`;

describe('apt sources', () => {
  it('reads deb822 files', () => {
    const sources = parseDeb822(DEB822);
    assert.deepEqual(
      sources.map(({ suite }) => suite),
      ['bookworm', 'bookworm-updates', 'bookworm-security'],
    );
    assert.equal(sources[0]?.signedBy, '/usr/share/keyrings/k.gpg');
  });

  it('reads one-line files', () => {
    const text =
      '# no\ndeb [arch=amd64 signed-by=/k.gpg] http://m.example/debian sid main contrib # yes\ndeb-src http://m.example/debian sid main\n';
    assert.deepEqual(parseOneLine(text), [
      { uri: 'http://m.example/debian', suite: 'sid', components: ['main', 'contrib'], signedBy: '/k.gpg' },
    ]);
  });

  it('takes the host suite as it is, another one from the same mirror', () => {
    const sources = parseDeb822(DEB822);
    assert.deepEqual(sourcesFor('bookworm', sources), [
      'deb [signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/debian bookworm main contrib',
      'deb [signed-by=/usr/share/keyrings/k.gpg] http://mirror.example/debian bookworm-updates main contrib',
      'deb http://mirror.example/security bookworm-security main',
    ]);
    assert.equal(sourcesFor('trixie', sources)[2], 'deb http://mirror.example/security trixie-security main');
    assert.equal(sourcesFor('sid', sources).length, 1);
    assert.throws(() => sourcesFor('bookworm', []), /names no Debian mirror/);
  });
});
