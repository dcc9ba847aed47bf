import { portBindings } from './port-bindings.ts';
import { flag, integer, list, mapOf, object, text, withDefaults, word } from './shape.ts';

const throttleDevice = withDefaults(object({ Path: text, Rate: integer }), { Path: '', Rate: 0 });

/** `Resources` of API 1.51: the limits, shared by create and update. */
export const resourcesFields = {
  CpuShares: integer,
  Memory: integer,
  NanoCpus: integer,
  CgroupParent: text,
  BlkioWeight: integer,
  BlkioWeightDevice: list(withDefaults(object({ Path: text, Weight: integer }), { Path: '', Weight: 0 })),
  BlkioDeviceReadBps: list(throttleDevice),
  BlkioDeviceWriteBps: list(throttleDevice),
  BlkioDeviceReadIOps: list(throttleDevice),
  BlkioDeviceWriteIOps: list(throttleDevice),
  CpuPeriod: integer,
  CpuQuota: integer,
  CpuRealtimePeriod: integer,
  CpuRealtimeRuntime: integer,
  CpusetCpus: text,
  CpusetMems: text,
  Devices: list(
    withDefaults(object({ PathOnHost: text, PathInContainer: text, CgroupPermissions: text }), {
      PathOnHost: '',
      PathInContainer: '',
      CgroupPermissions: '',
    }),
  ),
  DeviceCgroupRules: list(text),
  DeviceRequests: list(
    object({
      Driver: text,
      Count: integer,
      DeviceIDs: list(text),
      Capabilities: list(list(text)),
      Options: mapOf(text),
    }),
  ),
  MemoryReservation: integer,
  MemorySwap: integer,
  MemorySwappiness: integer,
  OomKillDisable: flag,
  Init: flag,
  PidsLimit: integer,
  Ulimits: list(withDefaults(object({ Name: text, Hard: integer, Soft: integer }), { Name: '', Hard: 0, Soft: 0 })),
};

/** `RestartPolicy`; the number of retries is checked with the rest of the container. */
export const restartPolicy = withDefaults(object({ Name: restartPolicyName(), MaximumRetryCount: integer }), {
  Name: '' as const,
});

function restartPolicyName() {
  return word(
    ['', 'no', 'always', 'unless-stopped', 'on-failure'],
    (given) =>
      `invalid restart policy: unknown policy '${given}'; use one of 'no', 'always', 'on-failure', or 'unless-stopped'`,
  );
}

/** Body of `POST /containers/{id}/update`. `PortBindings` is ours: docker cannot change the ports of a container. */
export const updateRequest = object({ ...resourcesFields, RestartPolicy: restartPolicy, PortBindings: portBindings });
