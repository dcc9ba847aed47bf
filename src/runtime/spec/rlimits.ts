import { HakoError } from '#base';
import type { OciRlimit } from '../oci-spec.ts';
import type { UlimitInput } from './input.ts';

const NAMES = new Set(
  `as core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack`.split(' '),
);
const INFINITY = 2n ** 64n - 1n;

function wide(value: number): number | bigint {
  if (value < 0) return INFINITY;
  return Number.isSafeInteger(value) ? value : BigInt(value);
}

function toRlimit(ulimit: UlimitInput): OciRlimit {
  if (!NAMES.has(ulimit.name)) throw new HakoError('invalid', `invalid ulimit type: ${ulimit.name}`);
  const [soft, hard] = [wide(ulimit.soft), wide(ulimit.hard)];
  if (soft > hard) {
    throw new HakoError('invalid', `ulimit soft limit must be less than or equal to hard limit: ${soft} > ${hard}`);
  }
  return { type: `RLIMIT_${ulimit.name.toUpperCase()}`, soft, hard };
}

/**
 * `process.rlimits`. Open files default to 1024 and 524288, systemd's and so dockerd's values: without them a container
 * would inherit the daemon's, which Node.js raises to the hard limit at start.
 */
export function generateRlimits(ulimits: readonly UlimitInput[], maxOpenFiles: number): OciRlimit[] {
  const hasOpenFiles = ulimits.some((ulimit) => ulimit.name === 'nofile');
  const hard = Math.min(524_288, maxOpenFiles);
  const defaults = hasOpenFiles ? [] : [{ name: 'nofile', soft: Math.min(1024, hard), hard }];
  return [...defaults, ...ulimits].map(toRlimit);
}
