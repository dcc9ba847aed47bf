import { existsSync, readFileSync } from 'node:fs';
import os from 'node:os';
import type { EngineContext } from './context.ts';
import type { EngineInfo } from './contract.ts';

const startedAtMs = Date.now();

/** What the host and the daemon are, for `info` and `version`. */
export function readInfo(context: EngineContext): EngineInfo {
  const { settings } = context;
  const { host } = settings;
  const release = osRelease();
  return {
    id: settings.engineId,
    name: os.hostname(),
    rootDir: settings.rootDir,
    runtimes: Object.fromEntries(settings.runtimes.map(({ name, path, args }) => [name, { path, args }])),
    defaultRuntime: settings.defaultRuntime,
    cgroupVersion: host.cgroupVersion === 2 ? '2' : '1',
    cgroupDriver: 'cgroupfs',
    securityOptions: [
      ...(host.apparmor ? ['name=apparmor'] : []),
      'name=seccomp,profile=builtin',
      ...(settings.userns === 'private' ? ['name=userns'] : []),
      ...(host.cgroupVersion === 2 ? ['name=cgroupns'] : []),
    ],
    kernelVersion: os.release(),
    operatingSystem: release.PRETTY_NAME ?? 'Linux',
    osVersion: release.VERSION_ID ?? '',
    architecture: os.machine(),
    cpus: os.availableParallelism(),
    memoryBytes: os.totalmem(),
    warnings: host.swapAccounting ? [] : ['WARNING: No swap limit support'],
    labels: [...settings.labels],
    startedAtMs,
  };
}

function osRelease(): Record<string, string> {
  const path = ['/etc/os-release', '/usr/lib/os-release'].find((each) => existsSync(each));
  if (path === undefined) return {};
  const pairs = readFileSync(path, 'utf8').matchAll(/^([A-Z_]+)=["']?(.*?)["']?$/gm);
  return Object.fromEntries([...pairs].map(([, name = '', value = '']) => [name, value]));
}
