/** `hako port`. */
import { command } from '../../args/flags.ts';
import { containerPath } from '../../client/api.ts';
import { CliError } from '../../errors.ts';
import { print } from '../../output.ts';

type Bindings = Record<string, { HostIp: string; HostPort: string }[] | null>;

export default command({
  usage: 'CONTAINER [PORT[/PROTO]]',
  flags: {},
  arity: [1, 2],
  examples: ['hako port web', 'hako port web 80/tcp'],
  async run({ api, args: [container = '', port] }) {
    const { NetworkSettings } = await api.get<{ NetworkSettings: { Ports?: Bindings } }>(
      containerPath(container, '/json'),
    );
    const ports = NetworkSettings.Ports ?? {};
    if (port === undefined) {
      const keys = Object.keys(ports).sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10));
      print(keys.flatMap((key) => addresses(ports[key]).map((address) => `${key} -> ${address}\n`)).join(''));
      return undefined;
    }
    const found = addresses(ports[port.includes('/') ? port : `${port}/tcp`]);
    if (found.length === 0) throw new CliError(`container ${container} does not publish port ${port}`);
    print(`${found.join('\n')}\n`);
    return undefined;
  },
});

function addresses(bindings: Bindings[string] | undefined): string[] {
  return (bindings ?? []).map(
    ({ HostIp, HostPort }) => `${HostIp.includes(':') ? `[${HostIp}]` : HostIp || '0.0.0.0'}:${HostPort}`,
  );
}
