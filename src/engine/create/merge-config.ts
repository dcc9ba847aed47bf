import { HakoError } from '#base';
import type { ImageRunConfig } from '#images';
import type { ContainerConfig, HealthConfig } from '../spec.ts';

/** Fills what the user left open from the image, by docker's rules. */
export function mergeConfig(user: ContainerConfig, image: ImageRunConfig): ContainerConfig {
  return {
    ...user,
    ...mergeCommand(user, image),
    User: user.User || image.User || '',
    Env: mergeEnv(user.Env ?? [], image.Env ?? []),
    Labels: { ...image.Labels, ...user.Labels },
    ExposedPorts: { ...image.ExposedPorts, ...user.ExposedPorts },
    Volumes: { ...image.Volumes, ...user.Volumes },
    WorkingDir: user.WorkingDir || image.WorkingDir || '',
    StopSignal: user.StopSignal || image.StopSignal || '',
    ...optional('Healthcheck', mergeHealth(user.Healthcheck, image.Healthcheck)),
  };
}

function optional<K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> {
  return value === undefined ? {} : ({ [key]: value } as Record<K, V>);
}

/** A new entrypoint drops the image's command; an entrypoint of `""` means none. */
function mergeCommand(user: ContainerConfig, image: ImageRunConfig): Pick<ContainerConfig, 'Entrypoint' | 'Cmd'> {
  const asked = user.Entrypoint ?? [];
  const reset = asked.length === 1 && asked[0] === '';
  if (reset) return { Entrypoint: null, Cmd: user.Cmd ?? [] };
  if (asked.length > 0) return { Entrypoint: asked, Cmd: user.Cmd ?? [] };
  const command = user.Cmd ?? [];
  return { Entrypoint: image.Entrypoint ?? null, Cmd: command.length > 0 ? command : (image.Cmd ?? []) };
}

/** The user's variables, then the image's that the user did not set. */
function mergeEnv(user: readonly string[], image: readonly string[]): string[] {
  const names = new Set(user.map(variableName));
  return [...user, ...image.filter((variable) => !names.has(variableName(variable)))];
}

function variableName(variable: string): string {
  return variable.split('=', 1)[0] ?? variable;
}

function mergeHealth(user: HealthConfig | undefined, image: HealthConfig | undefined): HealthConfig | undefined {
  if (user === undefined) return image;
  if (image === undefined) return user;
  const merged: HealthConfig = { ...image };
  if (user.Test !== undefined && user.Test.length > 0) merged.Test = user.Test;
  for (const key of ['Interval', 'Timeout', 'StartPeriod', 'StartInterval', 'Retries'] as const) {
    if (user[key]) merged[key] = user[key];
  }
  return merged;
}

/** The executable and its arguments; throws `invalid` where neither the user nor the image says what to run. */
export function commandOf(config: ContainerConfig): { path: string; args: string[] } {
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (path === undefined || path === '') {
    throw new HakoError('invalid', 'no command specified: give one after the image, or use an image that has one');
  }
  return { path, args };
}
