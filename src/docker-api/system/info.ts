import type { Container, Engine, EngineInfo } from '#engine';
import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { presentProxies } from './proxies.ts';

/** `GET /info`. */
export function info(exchange: Exchange, { engine, version }: Api): void {
  const facts = engine.info();
  exchange.json(200, {
    ID: facts.id,
    ...countContainers(engine.containers.list()),
    Images: engine.images.list().length,
    ...presentDrivers(facts),
    ...presentHost(facts),
    ...presentLimits(facts),
    ...presentRuntimes(facts),
    ServerVersion: version,
    SystemTime: new Date().toISOString(),
    DockerRootDir: facts.rootDir,
    Name: facts.name,
    Labels: facts.labels,
    SecurityOptions: facts.securityOptions,
    Warnings: facts.warnings.length > 0 ? facts.warnings : null,
    ...fixedFacts(engine),
  });
}

function countContainers(containers: readonly Container[]) {
  const count = (...statuses: string[]) => containers.filter(({ state }) => statuses.includes(state.status)).length;
  const running = count('running', 'restarting');
  const paused = count('paused');
  return {
    Containers: containers.length,
    ContainersRunning: running,
    ContainersPaused: paused,
    ContainersStopped: containers.length - running - paused,
  };
}

function presentDrivers(facts: EngineInfo) {
  return {
    Driver: 'overlay2',
    DriverStatus: [['Backing Filesystem', 'overlayfs']],
    Plugins: {
      Volume: ['local'],
      Network: ['bridge', 'host', 'null'],
      Authorization: null,
      Log: ['journald', 'json-file', 'local', 'none'],
    },
    LoggingDriver: 'json-file',
    CgroupDriver: facts.cgroupDriver,
    CgroupVersion: facts.cgroupVersion,
  };
}

function presentHost(facts: EngineInfo) {
  return {
    KernelVersion: facts.kernelVersion,
    OperatingSystem: facts.operatingSystem,
    OSVersion: facts.osVersion,
    OSType: 'linux',
    Architecture:
      facts.architecture === 'x64' ? 'x86_64' : facts.architecture === 'arm64' ? 'aarch64' : facts.architecture,
    NCPU: facts.cpus,
    MemTotal: facts.memoryBytes,
  };
}

function presentLimits(facts: EngineInfo) {
  return {
    MemoryLimit: true,
    SwapLimit: true,
    CpuCfsPeriod: true,
    CpuCfsQuota: true,
    CPUShares: true,
    CPUSet: true,
    PidsLimit: true,
    OomKillDisable: facts.cgroupVersion === '1',
    IPv4Forwarding: true,
  };
}

function presentRuntimes(facts: EngineInfo) {
  const runtimes = Object.entries(facts.runtimes).map(([name, { path, args }]) => [
    name,
    { path, ...(args.length > 0 ? { runtimeArgs: args } : {}) },
  ]);
  const unknown = { ID: '' };
  return {
    Runtimes: Object.fromEntries(runtimes),
    DefaultRuntime: facts.defaultRuntime,
    InitBinary: 'docker-init',
    ContainerdCommit: unknown,
    RuncCommit: unknown,
    InitCommit: unknown,
  };
}

/** An empty LocalNodeState makes compose believe that swarm is on; testcontainers reads IndexServerAddress. */
function fixedFacts(engine: Engine) {
  return {
    Debug: false,
    NFd: 0,
    OomScoreAdj: 0,
    NGoroutines: 0,
    NEventsListener: 0,
    IndexServerAddress: 'https://index.docker.io/v1/',
    RegistryConfig: { IndexConfigs: {}, InsecureRegistryCIDRs: ['::1/128', '127.0.0.0/8'], Mirrors: null },
    GenericResources: null,
    ...presentProxies(),
    ExperimentalBuild: false,
    Swarm: {
      NodeID: '',
      NodeAddr: '',
      LocalNodeState: 'inactive',
      ControlAvailable: false,
      Error: '',
      RemoteManagers: null,
    },
    Isolation: '',
    LiveRestoreEnabled: true,
    ProductLicense: '',
    DefaultAddressPools: [],
    CDISpecDirs: ['/etc/cdi', '/var/run/cdi'],
    Containerd: null,
    NetworksCount: engine.networks.list().length,
  };
}
