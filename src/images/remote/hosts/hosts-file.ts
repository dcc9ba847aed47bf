/** hosts.toml as containerd reads it (containerd docs/hosts.md). */
import { dirname, isAbsolute, join } from 'node:path';
import { parse } from 'smol-toml';
import { errorMessage, HakoError } from '#base';
import type { TlsSettings } from '../http/agents.ts';
import { readPem } from './cert-folder.ts';
import { ALL_CAPABILITIES, type Capability, type Endpoint, serverOf } from './endpoint.ts';
import { Table } from './toml-table.ts';

/** The mirrors of the file in their order, then the registry itself. Throws `invalid` naming the file. */
export function parseHostsFile(text: string, path: string, domain: string): Endpoint[] {
  const file = new Table(parseToml(text, path), path);
  const folder = dirname(path);
  const mirrors = file.tables('host').map(([address, entry]) => endpointOf(address, entry, folder, domain));
  const server = endpointOf(file.text('server') ?? `https://${serverOf(domain)}`, file, folder, domain);
  return [...mirrors, server];
}

function parseToml(text: string, path: string): Record<string, unknown> {
  try {
    return parse(text);
  } catch (error) {
    throw new HakoError('invalid', `${path} is not TOML: ${errorMessage(error)}`, { cause: error });
  }
}

function endpointOf(address: string, entry: Table, folder: string, domain: string): Endpoint {
  const base = baseOf(address, entry.bool('override_path'));
  const isMirror = base.host !== serverOf(domain) && base.host !== domain;
  return {
    base,
    capabilities: capabilitiesOf(entry),
    headers: entry.headers('header'),
    tls: tlsOf(entry, folder),
    // Whoever wrote http:// into the file allowed it.
    allowsHttp: base.protocol === 'http:',
    ...(isMirror ? { mirrorOf: domain } : {}),
  };
}

function capabilitiesOf(entry: Table): readonly Capability[] {
  const given = entry.list('capabilities');
  if (given === undefined) return ALL_CAPABILITIES;
  return given.map((name) => {
    const known = ALL_CAPABILITIES.find((capability) => capability === name);
    if (known === undefined) throw entry.invalid('capabilities', 'has pull, resolve and push');
    return known;
  });
}

/** `/v2` is added unless the path ends with it already, or is to be taken as it is. */
function baseOf(address: string, isWholePath: boolean): URL {
  const url = URL.parse(address.includes('://') ? address : `https://${address}`);
  if (url === null || !['http:', 'https:'].includes(url.protocol) || url.username !== '')
    throw new HakoError('invalid', `"${address}" in hosts.toml is not an http(s) address`);
  const path = url.pathname.replace(/\/+$/, '');
  url.pathname = isWholePath || path.endsWith('/v2') ? `${path}/` : `${path}/v2/`;
  return url;
}

function tlsOf(entry: Table, folder: string): TlsSettings {
  const read = (path: string) => readPem(isAbsolute(path) ? path : join(folder, path));
  return {
    ca: (entry.list('ca') ?? []).map(read),
    clients: entry.pairs('client').map(([cert, key]) => ({ cert: read(cert), key: read(key) })),
    skipVerify: entry.bool('skip_verify'),
  };
}
