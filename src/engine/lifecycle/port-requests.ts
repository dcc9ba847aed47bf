import { HakoError } from '#base';
import type { PortRequest } from '#network';
import type { ContainerConfig, HostConfig, PortBinding } from '../spec.ts';

/** What is to be published: the bindings that were asked for, and with `-P` every exposed port besides. */
export function portRequests(config: ContainerConfig, hostConfig: HostConfig): PortRequest[] {
  const bindings = hostConfig.PortBindings ?? {};
  const asked = Object.entries(bindings).flatMap(([port, hosts]) =>
    (hosts?.length ? hosts : [{}]).map((host) => portRequest(port, host)),
  );
  if (!hostConfig.PublishAllPorts) return asked;
  const rest = Object.keys(config.ExposedPorts ?? {}).filter((port) => bindings[port] === undefined);
  return [...asked, ...rest.map((port) => portRequest(port, {}))];
}

/** `80/tcp` with one binding; host ports may be a range, from which one is taken. */
function portRequest(port: string, host: PortBinding): PortRequest {
  const [number = '', protocol = 'tcp'] = port.split('/');
  if (protocol !== 'tcp' && protocol !== 'udp' && protocol !== 'sctp') {
    throw new HakoError('invalid', `invalid port specification: "${port}": the protocol is tcp, udp or sctp`);
  }
  const [hostPortStart, hostPortEnd] = portRange(port, host.HostPort ?? '');
  return { containerPort: portNumber(port, number), protocol, hostIp: host.HostIp ?? '', hostPortStart, hostPortEnd };
}

function portRange(port: string, text: string): [number, number] {
  if (text === '') return [0, 0];
  const [first = '', last = first] = text.split('-');
  const range: [number, number] = [portNumber(port, first, 0), portNumber(port, last, 0)];
  if (range[0] > range[1]) throw new HakoError('invalid', `invalid range for host port of ${port}: ${text}`);
  return range;
}

function portNumber(port: string, text: string, lowest = 1): number {
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= lowest && value <= 65_535) return value;
  throw new HakoError(
    'invalid',
    `invalid port specification: "${port}" ("${text}"): a port is a number from 1 to 65535`,
  );
}
