import type { ContainerConfig, HealthConfig } from '../spec.ts';
import { ensure, ensureNoNul } from './check.ts';
import { parseSignal } from './signal.ts';

const LINUX_HOST_NAME_MAX = 64;
const MIN_PROBE_NS = 1_000_000;
const PROBE_KINDS = new Set(['NONE', 'CMD', 'CMD-SHELL']);

/** Checks the part of the configuration that travels with an image. */
export function validateConfig(config: ContainerConfig): void {
  for (const variable of config.Env ?? []) validateVariable(variable);
  ensureNoNul('command', [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])]);
  ensureNoNul('user', [config.User ?? '']);
  validateWorkingDir(config.WorkingDir ?? '');
  validateHostname(config);
  if (config.StopSignal) parseSignal(config.StopSignal);
  if (config.MacAddress) validateMacAddress(config.MacAddress);
  if (config.Healthcheck) validateHealth(config.Healthcheck);
}

function validateVariable(variable: string): void {
  ensure(variable !== '' && !variable.startsWith('='), `invalid environment variable: ${variable}`);
  ensureNoNul('environment variable', [variable]);
}

function validateWorkingDir(path: string): void {
  ensure(
    path === '' || path.startsWith('/'),
    `the working directory '${path}' is invalid, it needs to be an absolute path`,
  );
  ensureNoNul('working directory', [path]);
}

function validateHostname(config: ContainerConfig): void {
  for (const [what, name] of [
    ['hostname', config.Hostname ?? ''],
    ['domainname', config.Domainname ?? ''],
  ] as const) {
    ensureNoNul(what, [name]);
    ensure(
      Buffer.byteLength(name) <= LINUX_HOST_NAME_MAX,
      `invalid ${what} "${name}": the kernel allows ${LINUX_HOST_NAME_MAX} bytes`,
    );
    ensure(!/[\s/]/.test(name), `invalid ${what} "${name}": use letters, digits, dots and hyphens`);
  }
}

/** Throws `invalid` unless `address` is six pairs of hexadecimal digits. */
export function validateMacAddress(address: string): void {
  ensure(/^([0-9a-f]{2}([:-]|$)){6}$/i.test(address), `invalid MAC address: ${address}: write 02:42:ac:11:00:02`);
}

function validateHealth(health: HealthConfig): void {
  const kind = health.Test?.[0];
  ensure(
    kind === undefined || PROBE_KINDS.has(kind),
    `Unknown healthcheck type '${kind}' (expected NONE, CMD or CMD-SHELL)`,
  );
  for (const name of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval'] as const) {
    const ns = health[name] ?? 0;
    ensure(ns === 0 || ns >= MIN_PROBE_NS, `${name} in Healthcheck cannot be less than 1ms`);
  }
  ensure((health.Retries ?? 0) >= 0, 'Retries in Healthcheck cannot be negative');
}
