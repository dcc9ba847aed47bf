import { HakoError } from '#base';
import type { EngineContext } from '../context.ts';
import type { ContainerConfig, EndpointSettings, HostConfig, NetworkingConfig } from '../spec.ts';

/** True for a container with a network namespace of its own. */
export function hasOwnNetwork(hostConfig: HostConfig): boolean {
  const mode = hostConfig.NetworkMode ?? 'bridge';
  return mode !== 'host' && !mode.startsWith('container:');
}

/** The networks a container joins at start: the one of NetworkMode first, each under its real name. */
export function resolveNetworking(
  context: EngineContext,
  config: ContainerConfig,
  hostConfig: HostConfig,
  given: NetworkingConfig,
): NetworkingConfig {
  const mode = hostConfig.NetworkMode ?? 'bridge';
  if (!hasOwnNetwork(hostConfig)) {
    refuseEndpointOptions(config, hostConfig, mode);
    return { EndpointsConfig: {} };
  }
  const wanted = new Map<string, EndpointSettings>();
  const primary = mode === 'none' ? 'none' : context.networks.get(mode).name;
  wanted.set(primary, {});
  for (const [reference, settings] of Object.entries(given.EndpointsConfig ?? {})) {
    const key = reference === 'default' ? 'bridge' : reference;
    wanted.set(key === mode ? primary : context.networks.get(key).name, settings ?? {});
  }
  for (const [name, settings] of wanted) checkEndpoint(context, name, settings);
  if (config.MacAddress) {
    const first = wanted.get(primary) ?? {};
    wanted.set(primary, { ...first, MacAddress: first.MacAddress || config.MacAddress });
  }
  return { EndpointsConfig: Object.fromEntries(wanted) };
}

function refuseEndpointOptions(config: ContainerConfig, hostConfig: HostConfig, mode: string): void {
  if (!mode.startsWith('container:')) return;
  const wish = config.Hostname
    ? '--hostname'
    : Object.keys(hostConfig.PortBindings ?? {}).length > 0
      ? 'publishing ports'
      : undefined;
  if (wish === undefined) return;
  throw new HakoError(
    'invalid',
    `conflicting options: ${wish} and the container type network mode: set it on ${mode.slice(10)} instead`,
  );
}

/** Docker refuses fixed addresses and aliases where it cannot keep them. */
function checkEndpoint(context: EngineContext, name: string, settings: EndpointSettings): void {
  const predefined = ['bridge', 'host', 'none'].includes(name);
  const fixed = settings.IPAMConfig?.IPv4Address || settings.IPAMConfig?.IPv6Address;
  if (fixed && predefined) {
    throw new HakoError(
      'invalid',
      'user specified IP address is supported on user defined networks only: make one with: hako network create',
    );
  }
  if (predefined && (settings.Aliases?.length ?? 0) > 0 && name !== 'none') {
    throw new HakoError(
      'invalid',
      'network-scoped aliases are only supported for user-defined networks: make one with: hako network create',
    );
  }
  const pools = name === 'none' ? [] : context.networks.get(name).ipam.pools;
  if (fixed && pools.length === 0)
    throw new HakoError('invalid', `network ${name} has no subnet: make it with --subnet to give out fixed addresses`);
}
