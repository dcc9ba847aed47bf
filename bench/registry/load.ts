/** wrk of Debian, and what it says. */
import { run } from '../lib/command.ts';

const CONNECTIONS = 32;

export interface Load {
  requestsPerS: number;
  bytesPerS: number;
  /** Answers that were no success, and broken connections, as wrk tells of them. */
  errors: string[];
}

/** Requests one URL over 32 connections for so long. */
export async function load(url: string, seconds: number): Promise<Load> {
  const accept = 'Accept: application/vnd.oci.image.manifest.v1+json';
  const text = await run([
    'wrk',
    '-c',
    String(CONNECTIONS),
    '-t',
    '1',
    '--timeout',
    '30s',
    '-d',
    `${seconds}s`,
    '-H',
    accept,
    url,
  ]);
  const errors = [/Non-2xx or 3xx responses: \d+/, /Socket errors: .*/].flatMap(
    (pattern) => pattern.exec(text)?.[0] ?? [],
  );
  return {
    requestsPerS: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    bytesPerS: bytesOf(/Transfer\/sec:\s+([\d.]+)([KMG]?)B/.exec(text)),
    errors,
  };
}

function bytesOf(match: RegExpExecArray | null): number {
  const unit = { '': 1, K: 2 ** 10, M: 2 ** 20, G: 2 ** 30 }[match?.[2] ?? ''] ?? 1;
  return Number(match?.[1]) * unit;
}
