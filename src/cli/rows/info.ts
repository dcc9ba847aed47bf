/** `hako info` for people. */
import { binarySize } from '../format/units.ts';

export interface Info {
  ID: string;
  Name: string;
  ServerVersion: string;
  Containers: number;
  ContainersRunning: number;
  ContainersPaused: number;
  ContainersStopped: number;
  Images: number;
  Driver: string;
  LoggingDriver: string;
  CgroupDriver: string;
  CgroupVersion: string;
  DefaultRuntime: string;
  Runtimes: Record<string, unknown> | null;
  SecurityOptions: string[] | null;
  KernelVersion: string;
  OperatingSystem: string;
  OSType: string;
  Architecture: string;
  NCPU: number;
  MemTotal: number;
  DockerRootDir: string;
  Labels: string[] | null;
  Warnings: string[] | null;
}

/** Lines of `name: value`; empty values are left out. */
export function infoText(info: Info, address: string): string {
  const lines: [string, string | number | undefined][] = [
    ['Daemon', address],
    ['Version', info.ServerVersion],
    ['Containers', info.Containers],
    ['  running', info.ContainersRunning],
    ['  paused', info.ContainersPaused],
    ['  stopped', info.ContainersStopped],
    ['Images', info.Images],
    ['Storage driver', info.Driver],
    ['Logging driver', info.LoggingDriver],
    ['Control groups', `version ${info.CgroupVersion}, ${info.CgroupDriver}`],
    [
      'Runtimes',
      Object.keys(info.Runtimes ?? {})
        .sort()
        .join(' '),
    ],
    ['Default runtime', info.DefaultRuntime],
    ['Security', (info.SecurityOptions ?? []).join(' ')],
    ['Kernel', info.KernelVersion],
    ['Operating system', info.OperatingSystem],
    ['Architecture', `${info.OSType}/${info.Architecture}`],
    ['CPUs', info.NCPU],
    ['Memory', binarySize(info.MemTotal)],
    ['Name', info.Name],
    ['ID', info.ID],
    ['Root folder', info.DockerRootDir],
    ['Labels', (info.Labels ?? []).join(' ')],
  ];
  const shown = lines.filter(([, value]) => value !== undefined && value !== '');
  return shown.map(([name, value]) => `${`${name}:`.padEnd(18)}${value}\n`).join('');
}
