import { isIP } from 'node:net';
import { HakoError } from '#base';

/** The address that stands for the host itself in `--add-host`. */
const HOST_GATEWAY = 'host-gateway';

export interface ExtraHost {
  name: string;
  /** An IP address, or `host-gateway`. */
  address: string;
}

/** Parses `--add-host`: `name:address` or `name=address`, IPv6 also in brackets. Throws `invalid` in Docker's words. */
export function parseExtraHost(text: string): ExtraHost {
  const match = /^([^\s:=#]+)[:=](\S+)$/.exec(text);
  if (match === null) throw new HakoError('invalid', `bad format for add-host: "${text}"`);
  const [, name = '', rest = ''] = match;
  const address = /^\[.*\]$/.test(rest) ? rest.slice(1, -1) : rest;
  if (address !== HOST_GATEWAY && isIP(address) === 0) {
    throw new HakoError('invalid', `invalid IP address in add-host: "${rest}"`);
  }
  return { name, address };
}

/** Lines of /etc/hosts for `--add-host`; `host-gateway` may stand for several addresses, or for none: then it is left out. */
export function extraHostLines(extraHosts: readonly string[], hostGateway: string): string[] {
  const gateways = hostGateway.split(',').filter((address) => address !== '');
  return extraHosts.map(parseExtraHost).flatMap(({ name, address }) => {
    const addresses = address === HOST_GATEWAY ? gateways : [address];
    return addresses.map((one) => `${one}\t${name}`);
  });
}
