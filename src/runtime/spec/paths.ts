/** Parts of /proc and /sys that tell or change too much about the host; runtimes skip the ones that do not exist. */
export const DEFAULT_MASKED_PATHS: readonly string[] = [
  '/proc/acpi',
  '/proc/asound',
  '/proc/interrupts',
  '/proc/kcore',
  '/proc/keys',
  '/proc/latency_stats',
  '/proc/sched_debug',
  '/proc/scsi',
  '/proc/timer_list',
  '/proc/timer_stats',
  '/sys/devices/virtual/powercap',
  '/sys/firmware',
];

export const DEFAULT_READONLY_PATHS: readonly string[] = [
  '/proc/bus',
  '/proc/fs',
  '/proc/irq',
  '/proc/sys',
  '/proc/sysrq-trigger',
];

/** Per-CPU counters that tell neighbours about each other: one folder a CPU. */
export function thermalThrottlePaths(cpus: number): string[] {
  return Array.from({ length: cpus }, (_, cpu) => `/sys/devices/system/cpu/cpu${cpu}/thermal_throttle`);
}
