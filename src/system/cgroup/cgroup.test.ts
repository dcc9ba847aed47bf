import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { isHakoError } from '#base';
import { parseCgroupLayout } from './layout.ts';
import { cgroupFolders, cgroupPathOf, controllerFolder, parseProcCgroup } from './paths.ts';
import { parseIoStat } from './stats-v2.ts';

const V2 = '26 24 0:23 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n';
const V1 = `
31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw - cgroup cgroup rw,xattr,name=systemd
99 27 0:99 / /elsewhere/cpu rw - cgroup cgroup rw,pids
`;
const HYBRID = `${V1}41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n`;

describe('cgroup layout', () => {
  it('tells v2, v1 and hybrid apart', () => {
    assert.deepEqual(
      [V2, V1, HYBRID].map((text) => parseCgroupLayout(text).mode),
      ['v2', 'v1', 'hybrid'],
    );
  });

  it('knows the folders of a cgroup in every hierarchy', () => {
    const layout = parseCgroupLayout(HYBRID);
    assert.equal(controllerFolder('/hako/a', 'cpuacct', layout), '/sys/fs/cgroup/cpu,cpuacct/hako/a');
    assert.equal(controllerFolder('/hako/a', 'pids', layout), undefined);
    assert.deepEqual(cgroupFolders('/hako/a', layout), [
      '/sys/fs/cgroup/cpu,cpuacct/hako/a',
      '/sys/fs/cgroup/memory/hako/a',
      '/sys/fs/cgroup/systemd/hako/a',
      '/sys/fs/cgroup/unified/hako/a',
    ]);
    assert.deepEqual(cgroupFolders('/hako/a', parseCgroupLayout(V2)), ['/sys/fs/cgroup/hako/a']);
  });
});

describe('cgroupPathOf', () => {
  it('puts containers below the parent', () => {
    assert.equal(cgroupPathOf('hako', 'id'), '/hako/id');
    assert.equal(cgroupPathOf('/a//b/', 'id'), '/a/b/id');
  });

  it('refuses a parent that climbs out', () => {
    for (const parent of ['../x', 'a/../../b', 'a\0b']) {
      assert.throws(
        () => cgroupPathOf(parent, 'id'),
        (error) => isHakoError(error, 'invalid'),
      );
    }
  });
});

describe('files of cgroups', () => {
  it('the cgroup of a process is the one of the hierarchy that tells best', () => {
    assert.equal(parseProcCgroup('4:memory:/m\n1:cpu,cpuacct:/c\n0::/u\n'), '/m');
    assert.equal(parseProcCgroup('0::/u\n'), '/u');
    assert.equal(parseProcCgroup(''), undefined);
  });

  it('io.stat counts reads and writes of each device', () => {
    const counters = parseIoStat('8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=0 dios=0\n253:1\n');
    assert.deepEqual(counters.slice(0, 2), [
      { major: 8, minor: 0, op: 'read', bytes: 1, operations: 3 },
      { major: 8, minor: 0, op: 'write', bytes: 2, operations: 4 },
    ]);
    assert.equal(counters[2]?.bytes, 0);
  });
});
