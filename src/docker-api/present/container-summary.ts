import type { Container, Engine } from '#engine';
import { presentMounts } from './mounts.ts';
import { familiarName } from './names.ts';
import { presentNetworks } from './network-settings.ts';
import { presentPortList } from './ports.ts';
import { statusText } from './state.ts';

/** One element of `GET /containers/json`. `imageIdOf` tells what a reference means now. */
export function presentSummary(
  container: Container,
  engine: Engine,
  imageIdOf: (reference: string) => string | undefined,
  nowMs: number,
) {
  const { hostConfig } = container;
  const isUp = container.state.pid > 0;
  return {
    Id: container.id,
    Names: [`/${container.name}`],
    Image: imageName(container, imageIdOf),
    ImageID: container.imageId,
    Command: [container.path, ...container.args].map(quoted).join(' '),
    Created: Math.trunc(container.createdAtMs / 1000),
    Ports: isUp ? presentPortList(container.config, engine.containers.ports(container.id)) : [],
    Labels: container.config.Labels ?? {},
    State: container.state.status,
    Status: statusText(container, nowMs),
    HostConfig: {
      NetworkMode: hostConfig.NetworkMode || 'bridge',
      ...(hostConfig.Annotations ? { Annotations: hostConfig.Annotations } : {}),
    },
    NetworkSettings: { Networks: presentNetworks(container, engine.containers.endpoints(container.id)) },
    Mounts: presentMounts(container),
  };
}

/** The name it was made with, or the id of its image when the name has moved to another one. */
function imageName(container: Container, imageIdOf: (reference: string) => string | undefined): string {
  return imageIdOf(container.imageName) === container.imageId ? familiarName(container.imageName) : container.imageId;
}

/** As docker does: an argument with a space is put in quotes. */
function quoted(argument: string): string {
  return argument.includes(' ') ? `'${argument}'` : argument;
}
