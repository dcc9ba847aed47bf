import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { HakoError, ignoring } from '#base';
import type { EngineSettings } from '#engine';
import {
  ConmonRuntime,
  DEFAULT_RUNTIMES,
  detectConmon,
  detectRuntimes,
  type OciRuntime,
  readHostFacts,
} from '#runtime';
import { RuntimeNamespace } from '#system';
import type { Settings } from './settings.ts';

const INIT_PROGRAMS = ['/usr/bin/tini-static', '/usr/bin/catatonit', '/usr/bin/tini', '/usr/bin/docker-init'];

export interface OpenedRuntime {
  runtime: ConmonRuntime;
  engineSettings: EngineSettings;
}

/** The runtime adapter, and the engine's settings that depend on what the host has. */
export async function openRuntime(settings: Settings, scope: AsyncDisposableStack): Promise<OpenedRuntime> {
  const runtimes = await detect(settings);
  const defaultRuntime = chooseDefault(settings, runtimes);
  const namespace = scope.use(RuntimeNamespace.open({ sharedFolders: [settings.root, settings.run] }));
  const runtime = scope.use(
    await ConmonRuntime.open({
      conmonCgroup: `/${settings.cgroupParent}/conmon`,
      runDir: settings.run,
      namespace,
      runtimes,
      conmonPath: detectConmon(),
    }),
  );
  const byName = new Map(runtimes.map((each) => [each.name, each]));
  const engineSettings: EngineSettings = {
    engineId: engineId(settings.root),
    rootDir: settings.root,
    runDir: settings.run,
    cgroupParent: settings.cgroupParent,
    runtimes,
    defaultRuntime,
    userns: settings.userns,
    usernsBase: settings.usernsBase,
    defaultStopTimeoutS: settings.stopTimeoutS,
    labels: settings.labels ?? [],
    host: readHostFacts(),
    featuresOf: (name) => runtime.features(byName.get(name) ?? { name, path: name, args: [] }),
    initPath: INIT_PROGRAMS.find((path) => existsSync(path)),
  };
  return { runtime, engineSettings };
}

/** Those of the settings, then the known ones; only what really runs on this host is left. */
function detect(settings: Settings): Promise<OciRuntime[]> {
  const given = Object.entries(settings.runtimes ?? {}).map(([name, { path, args = [] }]) => ({ name, path, args }));
  const names = new Set(given.map((runtime) => runtime.name));
  return detectRuntimes([...given, ...DEFAULT_RUNTIMES.filter(({ name }) => !names.has(name))]);
}

/** The one that the settings name, else the first known one that runs here. */
function chooseDefault(settings: Settings, runtimes: readonly OciRuntime[]): string {
  const isKnown = ({ name }: OciRuntime) => DEFAULT_RUNTIMES.some((known) => known.name === name);
  const wanted = settings.defaultRuntime ?? (runtimes.find(isKnown) ?? runtimes[0])?.name ?? '';
  if (runtimes.some((runtime) => runtime.name === wanted)) return wanted;
  const advice = 'install it, or add it to "runtimes" in the settings';
  throw new HakoError('invalid', `the default runtime "${wanted}" does not run on this host: ${advice}`);
}

/** The daemon's identity, made once. */
function engineId(root: string): string {
  const path = `${root}/engine-id`;
  const known = ignoring('ENOENT', () => readFileSync(path, 'utf8').trim());
  if (known) return known;
  const id = randomUUID();
  writeFileSync(path, `${id}\n`);
  return id;
}
