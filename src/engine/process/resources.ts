import type { BlockDeviceInput, ResourcesInput } from '#runtime';
import { resolveBlockDevice } from '#runtime';
import type { Resources } from '../spec.ts';

type ResourceValues = { [K in keyof ResourcesInput]: ResourcesInput[K] | undefined };

/** Docker's limits in the words of the runtime; what is not set stays away. */
export function resourcesOf(given: Resources): ResourcesInput {
  const values: ResourceValues = {
    memoryBytes: given.Memory,
    memorySwapBytes: given.MemorySwap,
    memoryReservationBytes: given.MemoryReservation,
    memorySwappiness: given.MemorySwappiness ?? undefined,
    oomKillDisable: given.OomKillDisable ?? undefined,
    cpuShares: given.CpuShares,
    nanoCpus: given.NanoCpus,
    cpuQuotaUs: given.CpuQuota,
    cpuPeriodUs: given.CpuPeriod,
    cpuRealtimePeriodUs: given.CpuRealtimePeriod,
    cpuRealtimeRuntimeUs: given.CpuRealtimeRuntime,
    cpusetCpus: given.CpusetCpus || undefined,
    cpusetMems: given.CpusetMems || undefined,
    pidsLimit: given.PidsLimit ?? undefined,
    blkioWeight: given.BlkioWeight,
    blkioWeightDevices: given.BlkioWeightDevice?.map((each) => blockDevice(each.Path, each.Weight)),
    blkioReadBps: given.BlkioDeviceReadBps?.map((each) => blockDevice(each.Path, each.Rate)),
    blkioWriteBps: given.BlkioDeviceWriteBps?.map((each) => blockDevice(each.Path, each.Rate)),
    blkioReadIops: given.BlkioDeviceReadIOps?.map((each) => blockDevice(each.Path, each.Rate)),
    blkioWriteIops: given.BlkioDeviceWriteIOps?.map((each) => blockDevice(each.Path, each.Rate)),
  };
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as ResourcesInput;
}

function blockDevice(path: string, value: number): BlockDeviceInput {
  return resolveBlockDevice(path, value);
}
