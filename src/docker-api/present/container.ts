import type { Container, Engine } from '#engine';
import { rfc3339 } from '../server/time.ts';
import { presentConfig } from './config.ts';
import { presentHostConfig } from './host-config.ts';
import { presentMounts } from './mounts.ts';
import { presentNetworkSettings } from './network-settings.ts';
import { presentState } from './state.ts';

/** The body of `GET /containers/{id}/json`. */
export function presentContainer(
  container: Container,
  engine: Engine,
  size?: { writableBytes: number; rootfsBytes: number },
) {
  const endpoints = engine.containers.endpoints(container.id);
  const published = engine.containers.ports(container.id);
  return {
    Id: container.id,
    Created: rfc3339(container.createdAtMs),
    Path: container.path,
    Args: container.args,
    State: presentState(container),
    Image: container.imageId,
    ResolvConfPath: container.files.resolv,
    HostnamePath: container.files.hostname,
    HostsPath: container.files.hosts,
    LogPath: container.files.log,
    Name: `/${container.name}`,
    RestartCount: container.state.restartCount,
    Driver: 'overlay2',
    Platform: container.platform.split('/')[0] || 'linux',
    MountLabel: '',
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: container.execIds.length > 0 ? container.execIds : null,
    HostConfig: presentHostConfig(container),
    GraphDriver: presentGraphDriver(container, engine),
    ...(size === undefined ? {} : { SizeRw: size.writableBytes, SizeRootFs: size.rootfsBytes }),
    Mounts: presentMounts(container),
    Config: presentConfig(container.config),
    NetworkSettings: presentNetworkSettings(container, endpoints, published),
  };
}

function presentGraphDriver(container: Container, engine: Engine) {
  const { upperDir, workDir, mergedDir, lowerDirs } = engine.images.snapshots.paths(container.id);
  return {
    Data: {
      ID: container.id,
      LowerDir: lowerDirs.join(':'),
      MergedDir: mergedDir,
      UpperDir: upperDir,
      WorkDir: workDir,
    },
    Name: 'overlay2',
  };
}
