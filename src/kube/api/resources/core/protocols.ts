import type { FieldErrors, Path } from '../../values/mod.ts';

const PROTOCOLS = ['SCTP', 'TCP', 'UDP'];

/** TCP, UDP or SCTP. */
export function validateProtocol(protocol: string | undefined, path: Path, errors: FieldErrors): void {
  if (protocol === undefined || protocol === '') errors.required(path);
  else if (!PROTOCOLS.includes(protocol)) errors.notSupported(path, protocol, PROTOCOLS);
}
