import { existsSync, readFileSync } from 'node:fs';
import type { Endpoint } from '#network';
import { containerDir, type EngineContext } from '../context.ts';
import { hasOwnNetwork } from '../create/networking.ts';
import { extraHostLines, hostnameFile, hostsFile, resolvConfFile, writeInPlace } from '../hosts/mod.ts';
import type { Entry } from '../store/entry.ts';

/** Writes hostname, hosts and resolv.conf of a container; they are bind-mounted, so a running one sees the change. */
export function writeNameFiles(context: EngineContext, entry: Entry): void {
  const dir = containerDir(context, entry.record.id);
  const texts = textsFor(context, entry);
  writeInPlace(`${dir}/hostname`, texts.hostname);
  writeInPlace(`${dir}/hosts`, texts.hosts);
  writeInPlace(`${dir}/resolv.conf`, texts.resolv);
}

interface NameFiles {
  hostname: string;
  hosts: string;
  resolv: string;
}

function textsFor(context: EngineContext, entry: Entry): NameFiles {
  const { hostConfig } = entry.record;
  const mode = hostConfig.NetworkMode ?? '';
  if (mode.startsWith('container:')) return filesOf(context, context.store.find(mode.slice('container:'.length)));
  return hasOwnNetwork(hostConfig) ? ownTexts(context, entry) : hostTexts(context, entry);
}

/** A container in another's network has that one's names. */
function filesOf(context: EngineContext, other: Entry): NameFiles {
  const dir = containerDir(context, other.record.id);
  const read = (name: string) => (existsSync(`${dir}/${name}`) ? readFileSync(`${dir}/${name}`, 'utf8') : '');
  return { hostname: read('hostname'), hosts: read('hosts'), resolv: read('resolv.conf') };
}

/** In the host's network the host's names hold, with the additions that the user asked for. */
function hostTexts(context: EngineContext, entry: Entry): NameFiles {
  const { config, hostConfig } = entry.record;
  const hosts = readFileSync('/etc/hosts', 'utf8').trimEnd();
  const lines = [hosts, ...extraHostLines(hostConfig.ExtraHosts ?? [], '127.0.0.1')];
  return {
    hostname: config.Hostname ? hostnameFile(config.Hostname) : readFileSync('/etc/hostname', 'utf8'),
    hosts: `${lines.join('\n')}\n`,
    resolv: resolvOf(context, entry),
  };
}

function ownTexts(context: EngineContext, entry: Entry): NameFiles {
  const { id, config, hostConfig } = entry.record;
  const endpoints = context.networks.endpointsOf(id);
  return {
    hostname: hostnameFile(config.Hostname ?? ''),
    hosts: hostsFile({
      hostname: config.Hostname ?? '',
      domainname: config.Domainname ?? '',
      endpoints,
      extraHosts: hostConfig.ExtraHosts ?? [],
      hostGateway: hostGateway(endpoints),
    }),
    resolv: resolvOf(context, entry),
  };
}

/** What `host-gateway` stands for: the host's address in the container's first network. */
function hostGateway(endpoints: readonly Endpoint[]): string {
  return endpoints.find((endpoint) => endpoint.ipv4Gateway !== '')?.ipv4Gateway ?? '';
}

function resolvOf(context: EngineContext, entry: Entry): string {
  const { Dns, DnsSearch, DnsOptions } = entry.record.hostConfig;
  return resolvConfFile(context.networks.resolverFor(entry.record.id), {
    dns: Dns ?? [],
    search: DnsSearch ?? [],
    options: DnsOptions ?? [],
  });
}
