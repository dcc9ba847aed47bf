/** Where the daemon listens: `unix:///path`, a bare path, or `tcp://host:port`. */
import { existsSync, readFileSync } from 'node:fs';
import { UsageError } from '../errors.ts';

export interface HostAddress {
  /** As people write it. */
  readonly text: string;
  readonly target: { path: string } | { host: string; port: number };
  /** True for a socket of this machine. */
  readonly isLocal: boolean;
}

/** The run folder of the daemon that this environment means. */
export function runDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.HAKO_RUN || fromSettingsFile('run', env) || '/run/hako';
}

/** The state folder of the daemon that this environment means. */
export function rootDir(env: NodeJS.ProcessEnv = process.env): string {
  return env.HAKO_ROOT || fromSettingsFile('root', env) || '/var/lib/hako';
}

/**
 * `root` or `run` of the daemon's settings file: one plain line of YAML. The file's own reader (src/daemon/settings.ts)
 * needs a YAML parser, which no start of the command line should wait for.
 */
function fromSettingsFile(key: 'root' | 'run', env: NodeJS.ProcessEnv): string | undefined {
  const path = env.HAKO_CONFIG || '/etc/hako/hako.yaml';
  if (!existsSync(path)) return undefined;
  const line = new RegExp(`^${key}:[ \\t]*(['"]?)(/.*?)\\1[ \\t]*(?:[ \\t]#.*)?$`, 'm');
  return line.exec(readFileSync(path, 'utf8'))?.[2];
}

/** The address to use: --host, then HAKO_HOST, then the socket in the run folder. */
export function resolveHost(flag: string, env: NodeJS.ProcessEnv = process.env): HostAddress {
  return parseHost(flag || env.HAKO_HOST || `unix://${runDir(env)}/docker.sock`);
}

/** Parses an address. Throws UsageError. */
export function parseHost(text: string): HostAddress {
  if (text.startsWith('/')) return parseHost(`unix://${text}`);
  const unix = /^unix:\/\/(\/.+)$/.exec(text);
  if (unix?.[1] !== undefined) return { text, target: { path: unix[1] }, isLocal: true };
  const tcp = /^(?:tcp|http):\/\/(\[[^\]]+\]|[^:/]+)(?::(\d+))?\/?$/.exec(text);
  if (tcp?.[1] !== undefined) {
    const host = tcp[1].replace(/^\[|\]$/g, '');
    return { text, target: { host, port: Number(tcp[2] ?? 2375) }, isLocal: false };
  }
  throw new UsageError(`"${text}" is no address of a daemon: write unix:///run/hako/docker.sock or tcp://host:port`);
}
