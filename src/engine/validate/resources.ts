import { availableParallelism } from 'node:os';
import type { Resources } from '../spec.ts';
import { ensure } from './check.ts';

const MIN_MEMORY_BYTES = 6 * 1024 * 1024;

/** Checks limits as docker's daemon does for Linux; answers warnings. `isUpdate`: absent fields keep their values. */
export function validateResources(wanted: Resources, options: { isUpdate: boolean }): string[] {
  validateMemory(wanted, options);
  validateCpu(wanted);
  validateBlockIo(wanted);
  validateUlimits(wanted);
  for (const device of wanted.Devices ?? []) {
    ensure(device.PathOnHost !== undefined && device.PathOnHost !== '', 'invalid device: PathOnHost must not be empty');
    ensure(/^[rwm]*$/.test(device.CgroupPermissions ?? ''), `invalid device mode: ${device.CgroupPermissions}`);
  }
  for (const rule of wanted.DeviceCgroupRules ?? []) {
    ensure(/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(rule), `invalid device cgroup rule format: '${rule}'`);
  }
  if (!wanted.OomKillDisable || wanted.Memory) return [];
  return [
    'OOM killer is disabled for the container, but no memory limit is set, this can result in the system running out of resources.',
  ];
}

function validateMemory(wanted: Resources, options: { isUpdate: boolean }): void {
  const { Memory: memory = 0, MemorySwap: swap = 0, MemoryReservation: reservation = 0 } = wanted;
  const swappiness = wanted.MemorySwappiness ?? -1;
  ensure(memory === 0 || memory >= MIN_MEMORY_BYTES, 'Minimum memory limit allowed is 6MB');
  ensure(swap >= -1, `invalid MemorySwap value: ${swap}: use -1 for unlimited swap`);
  ensure(
    !(memory > 0 && swap > 0 && swap < memory),
    'Minimum memoryswap limit should be larger than memory limit, see usage',
  );
  ensure(
    options.isUpdate || !(memory === 0 && swap > 0),
    'You should always set the Memory limit when using Memoryswap limit, see usage',
  );
  ensure(swappiness >= -1 && swappiness <= 100, `invalid value: ${swappiness}, valid memory swappiness range is 0-100`);
  ensure(reservation === 0 || reservation >= MIN_MEMORY_BYTES, 'Minimum memory reservation allowed is 6MB');
  ensure(
    !(memory > 0 && reservation > 0 && memory < reservation),
    'Minimum memory limit can not be less than memory reservation limit, see usage',
  );
}

function validateCpu(wanted: Resources): void {
  const { NanoCpus: nano = 0, CpuPeriod: period = 0, CpuQuota: quota = 0, CpuShares: shares = 0 } = wanted;
  const cpus = availableParallelism();
  ensure(!(nano > 0 && period > 0), 'Conflicting options: Nano CPUs and CPU Period cannot both be set.');
  ensure(!(nano > 0 && quota > 0), 'Conflicting options: Nano CPUs and CPU Quota cannot both be set.');
  ensure(
    nano >= 0 && nano <= cpus * 1e9,
    `range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`,
  );
  ensure(
    period === 0 || (period >= 1000 && period <= 1_000_000),
    'CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)',
  );
  ensure(quota <= 0 || quota >= 1000, 'CPU cfs quota can not be less than 1ms (i.e. 1000)');
  ensure(shares >= 0, `invalid CPU shares (${shares}): value must be a positive integer`);
  validateCpuset('cpus', wanted.CpusetCpus ?? '', cpus);
  validateCpuset('mems', wanted.CpusetMems ?? '', undefined);
}

function validateCpuset(what: 'cpus' | 'mems', text: string, count: number | undefined): void {
  if (text === '') return;
  ensure(/^\d+(-\d+)?(,\d+(-\d+)?)*$/.test(text), `Invalid value ${text} for cpuset ${what}`);
  for (const part of text.split(',')) {
    const [first = 0, last = first] = part.split('-').map(Number);
    ensure(first <= last, `Invalid value ${text} for cpuset ${what}`);
    if (count === undefined) continue;
    ensure(last < count, `Requested CPUs are not available - requested ${text}, available: 0-${count - 1}`);
  }
}

function validateBlockIo(wanted: Resources): void {
  const weights = [wanted.BlkioWeight ?? 0, ...(wanted.BlkioWeightDevice ?? []).map((device) => device.Weight)];
  for (const weight of weights) {
    ensure(weight === 0 || (weight >= 10 && weight <= 1000), 'Range of blkio weight is from 10 to 1000');
  }
  const throttled = [
    ...(wanted.BlkioDeviceReadBps ?? []),
    ...(wanted.BlkioDeviceWriteBps ?? []),
    ...(wanted.BlkioDeviceReadIOps ?? []),
    ...(wanted.BlkioDeviceWriteIOps ?? []),
  ];
  for (const device of throttled) {
    ensure(device.Path?.startsWith('/') === true, `bad format for device path: ${device.Path}`);
    ensure(device.Rate >= 0, `invalid rate for device: ${device.Path}:${device.Rate}`);
  }
}

const ULIMITS = new Set(
  'as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(' '),
);

function validateUlimits(wanted: Resources): void {
  for (const { Name: name, Soft: soft = 0, Hard: hard = 0 } of wanted.Ulimits ?? []) {
    ensure(ULIMITS.has(name), `invalid ulimit type: ${name}`);
    ensure(soft >= -1 && hard >= -1, `invalid ulimit ${name}: limits are numbers, or -1 for unlimited`);
    const exceeds = hard !== -1 && (soft === -1 || soft > hard);
    ensure(!exceeds, `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  }
}
