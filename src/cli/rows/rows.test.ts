import assert from 'node:assert/strict';
import { it } from 'node:test';
import { imageRows } from './images.ts';
import { portsText } from './ports.ts';
import { cpuPercent, memoryBytes } from './stats.ts';

it('ports are joined into ranges', () => {
  const port = (PrivatePort: number, PublicPort?: number, IP?: string) => ({
    PrivatePort,
    Type: 'tcp',
    ...(PublicPort === undefined ? {} : { PublicPort }),
    ...(IP === undefined ? {} : { IP }),
  });
  assert.equal(
    portsText([port(81, 8081, '0.0.0.0'), port(80, 8080, '0.0.0.0'), port(80, 8080, '::')]),
    '0.0.0.0:8080-8081->80-81/tcp, [::]:8080->80/tcp',
  );
  assert.equal(portsText([port(80), port(81), port(443)]), '80-81/tcp, 443/tcp');
  assert.equal(
    portsText([port(80, 8080, '1.1.1.1'), port(81, 9000, '1.1.1.1')]),
    '1.1.1.1:8080->80/tcp, 1.1.1.1:9000->81/tcp',
  );
  assert.equal(portsText([]), '');
});

it('an image has a row for each name, or one of <none>', () => {
  const image = {
    Id: 'sha256:1',
    Created: 1,
    Size: 1,
    RepoTags: ['a.example:5000/x:1', 'y:latest'],
    RepoDigests: ['y@sha256:d'],
  };
  assert.deepEqual(
    imageRows([image], true).map(({ repository, tag, digest }) => [repository, tag, digest]),
    [
      ['a.example:5000/x', '1', '<none>'],
      ['y', 'latest', 'sha256:d'],
    ],
  );
  assert.deepEqual(
    imageRows([{ ...image, RepoTags: null, RepoDigests: null }], false).map(({ repository, tag }) => [repository, tag]),
    [['<none>', '<none>']],
  );
});

it('CPU share is that of one CPU, memory leaves the page cache out', () => {
  const now = { cpu_usage: { total_usage: 300 }, system_cpu_usage: 2000, online_cpus: 4 };
  const before = { cpu_usage: { total_usage: 100 }, system_cpu_usage: 1000 };
  assert.equal(cpuPercent({ cpu_stats: now, precpu_stats: before }), 80);
  assert.equal(cpuPercent({ cpu_stats: now, precpu_stats: {} }), 0);
  assert.deepEqual(memoryBytes({ memory_stats: { usage: 100, limit: 500, stats: { inactive_file: 30 } } }), [70, 500]);
  assert.deepEqual(memoryBytes({}), [0, 0]);
});
