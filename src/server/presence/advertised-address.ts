import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { isIP, isIPv4 } from 'node:net';
import { HakoError } from '#base';
import { FieldErrors, Path, validateEndpointAddress } from '#kube/api/values';
import type { ResolvedOptions } from '../options.ts';

/**
 * The address under which others reach this server: the one that it is told, or the one that it listens on, or, where it listens on all,
 * the one that the host reaches others with. Undefined where nobody else can reach it. Throws a HakoError (`invalid`).
 */
export async function advertisedAddress({
  advertiseAddress,
  host,
}: Pick<ResolvedOptions, 'advertiseAddress' | 'host'>): Promise<string | undefined> {
  if (advertiseAddress !== undefined) return checked(advertiseAddress);
  const candidate = host === '0.0.0.0' || host === '::' ? await outgoingAddress() : host;
  return candidate !== undefined && problemOf(candidate) === undefined ? candidate : undefined;
}

function checked(address: string): string {
  const problem = problemOf(address);
  if (problem === undefined) return address;
  throw new HakoError(
    'invalid',
    `"${address}" cannot be advertised: ${problem}; give --advertise-address an address at which nodes and pods reach this server`,
  );
}

/** Services have IPv4 addresses, so what is behind this one has, too. */
function problemOf(address: string): string | undefined {
  if (isIP(address) === 0) return 'it is no IP address';
  if (!isIPv4(address)) return 'it is not of the family of the service addresses, which is IPv4';
  const errors = new FieldErrors();
  validateEndpointAddress(address, new Path('address'), errors);
  return errors.list[0]?.message.replace(/^Invalid value: "[^"]*": /, 'it ');
}

/** Any address that is elsewhere (RFC 5737): nothing is sent to it. */
const ELSEWHERE = '192.0.2.1';

/** The address of this host on the way to others, as its routes say; undefined where there is no way. */
async function outgoingAddress(): Promise<string | undefined> {
  const socket = createSocket('udp4');
  try {
    socket.connect(9, ELSEWHERE);
    await once(socket, 'connect');
    return socket.address().address;
  } catch {
    return undefined; // No route.
  } finally {
    socket.close();
  }
}
