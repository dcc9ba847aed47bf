import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerConfig, HostConfig } from '../spec.ts';
import { parseSignal, validateContainer, validateUpdate } from './mod.ts';

const refuse = (config: Partial<ContainerConfig>, host: HostConfig, message: RegExp) =>
  assert.throws(() => validateContainer({ Image: 'x', ...config }, host), { code: 'invalid', message });

test('signals are read as names, numbers and real-time offsets', () => {
  assert.equal(parseSignal('SIGTERM'), 15);
  assert.equal(parseSignal('kill'), 9);
  assert.equal(parseSignal('1'), 1);
  assert.equal(parseSignal('RTMIN+3'), 37);
  assert.equal(parseSignal('SIGRTMAX-1'), 63);
  for (const bad of ['', '0', '65', 'FOO', '-9', 'toString', 'RTMIN+99'])
    assert.throws(() => parseSignal(bad), { code: 'invalid' });
});

test('limits out of range are refused with docker words', () => {
  refuse({}, { Memory: -1 }, /Minimum memory limit allowed is 6MB/);
  refuse({}, { Memory: 1024 }, /Minimum memory limit allowed is 6MB/);
  refuse({}, { Memory: 2e7, MemorySwap: 1e7 }, /Minimum memoryswap limit/);
  refuse({}, { MemorySwap: 2e7 }, /You should always set the Memory limit/);
  refuse({}, { NanoCpus: 1e15 }, /range of CPUs is from 0.01/);
  refuse({}, { NanoCpus: 1e9, CpuQuota: 5000 }, /Conflicting options/);
  refuse({}, { CpusetCpus: '9999' }, /Requested CPUs are not available/);
  refuse({}, { CpusetCpus: 'a' }, /Invalid value a for cpuset/);
  refuse({}, { BlkioWeight: 5 }, /Range of blkio weight/);
  refuse({}, { Ulimits: [{ Name: 'nofile', Soft: 5, Hard: 3 }] }, /soft limit/);
  refuse({}, { Ulimits: [{ Name: 'bogus', Soft: 1, Hard: 3 }] }, /invalid ulimit type/);
  assert.deepEqual(validateContainer({ Image: 'x' }, { Memory: 2e7, MemorySwap: -1, MemorySwappiness: -1 }), []);
});

test('names, ports, environment and policies are checked', () => {
  refuse({ Env: ['=x'] }, {}, /invalid environment variable: =x/);
  refuse({ Env: ['A=\0'] }, {}, /NUL/);
  refuse({ WorkingDir: 'tmp' }, {}, /needs to be an absolute path/);
  refuse({ StopSignal: 'BOGUS' }, {}, /invalid signal: BOGUS/);
  refuse({ ExposedPorts: { '99999/tcp': {} } }, {}, /invalid port/);
  refuse({}, { PortBindings: { '80/tcp': [{ HostPort: '70000' }] } }, /invalid port/);
  refuse({}, { PortBindings: { '80/icmp': [] } }, /unknown protocol/);
  refuse({}, { PortBindings: { '80/tcp': [{ HostIp: '1.2.3' }] } }, /invalid IP address/);
  refuse({}, { RestartPolicy: { Name: 'always' }, AutoRemove: true }, /AutoRemove/);
  refuse({}, { RestartPolicy: { Name: 'always', MaximumRetryCount: 3 } }, /maximum retry count can only/);
  refuse({}, { CapAdd: ['NOPE'] }, /invalid CapAdd: unknown capability: "CAP_NOPE"/);
  refuse({}, { ExtraHosts: ['nope'] }, /bad format for add-host/);
  refuse({}, { Sysctls: { 'vm.swappiness': '1' } }, /not separate/);
  refuse({}, { Sysctls: { 'net.ipv4.ip_forward': '1' }, NetworkMode: 'host' }, /network namespace is the host/);
  refuse({}, { SecurityOpt: ['bogus=1'] }, /invalid --security-opt: "bogus=1"/);
  refuse({}, { IpcMode: 'nope' }, /invalid IPC mode: nope/);
  refuse({ Healthcheck: { Test: ['CMD', 'x'], Interval: 5 } }, {}, /cannot be less than 1ms/);
  refuse({ Healthcheck: { Test: ['SOMETIMES'] } }, {}, /Unknown healthcheck type/);
});

test('update may change swap alone', () => {
  assert.deepEqual(validateUpdate({ MemorySwap: 3e7 }), []);
  assert.throws(() => validateUpdate({ Memory: 10 }), { code: 'invalid' });
});
