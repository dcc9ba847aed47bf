import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { applyChanges } from './changes.ts';
import type { ImageRunConfig } from './contract.ts';

describe('Dockerfile changes', () => {
  const cases: [changes: string[], expected: ImageRunConfig, base?: ImageRunConfig][] = [
    [['CMD ["nginx", "-g"]'], { Cmd: ['nginx', '-g'] }],
    [['cmd nginx -g "daemon off;"'], { Cmd: ['/bin/sh', '-c', 'nginx -g "daemon off;"'] }],
    [['ENTRYPOINT ["a"]'], { Entrypoint: ['a'], Cmd: null }, { Cmd: ['old'] }],
    [['CMD ["b"]', 'ENTRYPOINT ["a"]'], { Entrypoint: ['a'], Cmd: ['b'] }],
    [['CMD [not json]'], { Cmd: ['/bin/sh', '-c', '[not json]'] }],
    [['ENV A=1 B="two words" C=it\\ is'], { Env: ['A=1', 'B=two words', 'C=it is'] }],
    [['ENV A old style value'], { Env: ['A=old style value'] }],
    [
      // biome-ignore lint/suspicious/noTemplateCurlyInString: that is how a Dockerfile writes it
      ['ENV PATH=/x:$PATH', 'ENV H=${NO:-dflt}${PATH:+set}'],
      { Env: ['PATH=/x:/bin', 'H=dfltset'] },
      { Env: ['PATH=/bin'] },
    ],
    [
      ['EXPOSE 80 443/udp 8000-8002'],
      { ExposedPorts: { '80/tcp': {}, '443/udp': {}, '8000/tcp': {}, '8001/tcp': {}, '8002/tcp': {} } },
    ],
    [['LABEL a=1 "b c"="d e"', "LABEL a='2'"], { Labels: { a: '2', 'b c': 'd e' } }],
    [['USER 1:2'], { User: '1:2' }],
    [['VOLUME /a /b', 'VOLUME ["/c d"]'], { Volumes: { '/a': {}, '/b': {}, '/c d': {} } }],
    [['WORKDIR /a', 'WORKDIR b/../c'], { WorkingDir: '/a/c' }],
    [['STOPSIGNAL SIGQUIT\nUSER x'], { StopSignal: 'SIGQUIT', User: 'x' }],
    [
      ['HEALTHCHECK --interval=1m30s --timeout=500ms --retries=3 CMD curl -f x'],
      { Healthcheck: { Interval: 90e9, Timeout: 5e8, Retries: 3, Test: ['CMD-SHELL', 'curl -f x'] } },
    ],
    [['HEALTHCHECK CMD ["a","b"]'], { Healthcheck: { Test: ['CMD', 'a', 'b'] } }],
    [['HEALTHCHECK NONE'], { Healthcheck: { Test: ['NONE'] } }],
    [['ONBUILD RUN make'], { OnBuild: ['RUN make'] }],
  ];
  for (const [changes, expected, base = {}] of cases) {
    it(changes.join(' | ').replaceAll('\n', ' / '), () =>
      assert.deepEqual(applyChanges(base, changes), { ...base, ...expected }),
    );
  }

  for (const bad of [
    'RUN x',
    'FROM y',
    'NOPE',
    'ENV',
    'ENV A',
    'ENV A=1 B',
    'ENV =1',
    'EXPOSE 99999',
    'EXPOSE x',
    'EXPOSE 9-1',
    'HEALTHCHECK x',
    'HEALTHCHECK --interval=5 CMD x',
    'HEALTHCHECK --retries=0 CMD x',
    'HEALTHCHECK CMD',
    'ONBUILD ONBUILD RUN',
    'ONBUILD FROM x',
  ]) {
    it(`refuses ${bad}`, () =>
      assert.throws(
        () => applyChanges({}, [bad]),
        (error) => isHakoError(error, 'invalid'),
      ));
  }

  it('leaves what it was given alone', () => {
    const base: ImageRunConfig = { Env: ['A=1'], Labels: { x: 'y' } };
    applyChanges(base, ['ENV A=2', 'LABEL x=z']);
    assert.deepEqual(base, { Env: ['A=1'], Labels: { x: 'y' } });
  });
});
