import type { OciBlockIo, OciCpu, OciMemory, OciResources, OciThrottleDevice } from '../oci-spec.ts';
import type { BlockDeviceInput, HostFacts, ResourcesInput } from './input.ts';

const CPU_PERIOD_US = 100_000;

/** The object without its undefined fields; undefined when nothing is left. */
function filled<T extends object>(value: T): T | undefined {
  const entries = Object.entries(value).filter(([, field]) => field !== undefined);
  return entries.length === 0 ? undefined : (Object.fromEntries(entries) as T);
}

function set(value: number | undefined): number | undefined {
  return value === 0 ? undefined : value;
}

/** Memory plus swap: what was asked, else twice the memory, as Docker does; undefined where swap is not accounted. */
function swapLimit(input: ResourcesInput, host: HostFacts): number | undefined {
  if (!host.swapAccounting) return undefined;
  const asked = set(input.memorySwapBytes);
  const memory = input.memoryBytes ?? 0;
  return asked ?? (memory > 0 ? memory * 2 : undefined);
}

function memory(input: ResourcesInput, host: HostFacts): OciMemory | undefined {
  const swappiness = (input.memorySwappiness ?? -1) < 0 ? undefined : input.memorySwappiness;
  return filled<OciMemory>({
    limit: set(input.memoryBytes),
    swap: swapLimit(input, host),
    reservation: set(input.memoryReservationBytes),
    // cgroup v2 has neither of the two.
    swappiness: host.cgroupVersion === 1 ? swappiness : undefined,
    disableOOMKiller: host.cgroupVersion === 1 && input.oomKillDisable ? true : undefined,
  });
}

function cpuBandwidth(input: ResourcesInput): Pick<OciCpu, 'quota' | 'period'> {
  const nano = input.nanoCpus ?? 0;
  if (nano <= 0) return { quota: set(input.cpuQuotaUs), period: set(input.cpuPeriodUs) };
  return { quota: Math.round((nano * CPU_PERIOD_US) / 1e9), period: CPU_PERIOD_US };
}

function cpu(input: ResourcesInput): OciCpu | undefined {
  return filled<OciCpu>({
    shares: set(input.cpuShares),
    ...cpuBandwidth(input),
    realtimePeriod: set(input.cpuRealtimePeriodUs),
    realtimeRuntime: set(input.cpuRealtimeRuntimeUs),
    cpus: input.cpusetCpus || undefined,
    mems: input.cpusetMems || undefined,
  });
}

function rates(devices: readonly BlockDeviceInput[] | undefined): OciThrottleDevice[] | undefined {
  if (devices === undefined || devices.length === 0) return undefined;
  return devices.map(({ major, minor, value }) => ({ major, minor, rate: value }));
}

function blockIo(input: ResourcesInput): OciBlockIo | undefined {
  const weights = rates(input.blkioWeightDevices)?.map(({ major, minor, rate }) => ({ major, minor, weight: rate }));
  return filled<OciBlockIo>({
    weight: set(input.blkioWeight),
    weightDevice: weights,
    throttleReadBpsDevice: rates(input.blkioReadBps),
    throttleWriteBpsDevice: rates(input.blkioWriteBps),
    throttleReadIOPSDevice: rates(input.blkioReadIops),
    throttleWriteIOPSDevice: rates(input.blkioWriteIops),
  });
}

/**
 * `linux.resources` without devices: for a new container, or what `Runtime.update` takes.
 * Only what was asked for appears, so that an update leaves the rest alone.
 */
export function generateResources(input: ResourcesInput, host: HostFacts): OciResources {
  const hugepages = input.hugepages?.map(({ pageSize, limitBytes }) => ({ pageSize, limit: limitBytes }));
  const pidsLimit = set(input.pidsLimit);
  const resources: OciResources = {
    memory: memory(input, host),
    cpu: cpu(input),
    pids: pidsLimit === undefined ? undefined : { limit: pidsLimit },
    blockIO: blockIo(input),
    hugepageLimits: hugepages?.length ? hugepages : undefined,
  };
  return filled(resources) ?? {};
}
