import { randomUUID } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { HakoError, ignoring } from '#base';
import type { CdiResolver, EngineSettings } from '#engine';
import { ConmonRuntime, type OciRuntime, readHostFacts } from '#runtime';
import { RuntimeNamespace } from '#system';
import type { Settings } from './settings.ts';

/** Programs that are offered when they are installed; the first is the default. */
const KNOWN: readonly OciRuntime[] = [
  { name: 'crun', path: '/usr/bin/crun', args: [] },
  { name: 'runc', path: '/usr/sbin/runc', args: [] },
  { name: 'runsc', path: '/usr/bin/runsc', args: ['--platform=systrap', '--ignore-cgroups'] },
];

const INIT_PROGRAMS = ['/usr/bin/tini-static', '/usr/bin/catatonit', '/usr/bin/tini', '/usr/bin/docker-init'];

export interface OpenedRuntime {
  runtime: ConmonRuntime;
  cdi: CdiResolver;
  engineSettings: EngineSettings;
}

/** The runtime adapter, and the engine's settings that depend on what the host has. */
export async function openRuntime(settings: Settings, scope: AsyncDisposableStack): Promise<OpenedRuntime> {
  const runtimes = registered(settings);
  const defaultRuntime = chooseDefault(settings, runtimes);
  const namespace = scope.use(RuntimeNamespace.open({ sharedFolders: [settings.root, settings.run] }));
  const runtime = scope.use(await ConmonRuntime.open({ runDir: settings.run, namespace, runtimes }));
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
  return { runtime, cdi: noCdi, engineSettings };
}

/** Those of the settings, then the known ones that are installed. */
function registered(settings: Settings): OciRuntime[] {
  const given = Object.entries(settings.runtimes ?? {}).map(([name, { path, args = [] }]) => ({ name, path, args }));
  const names = new Set(given.map((runtime) => runtime.name));
  return [...given, ...KNOWN.filter(({ name, path }) => !names.has(name) && existsSync(path))];
}

function chooseDefault(settings: Settings, runtimes: readonly OciRuntime[]): string {
  const wanted =
    settings.defaultRuntime ??
    KNOWN.find(({ name }) => runtimes.some((each) => each.name === name))?.name ??
    runtimes[0]?.name;
  if (wanted === undefined) {
    throw new HakoError(
      'failed_precondition',
      'no OCI runtime is installed: install the package "crun", or register one in the settings',
    );
  }
  if (runtimes.some((runtime) => runtime.name === wanted)) return wanted;
  throw new HakoError(
    'invalid',
    `the default runtime "${wanted}" is not registered: install it, or add it to "runtimes" in the settings`,
  );
}

const noCdi: CdiResolver = {
  resolve: async (names) => {
    throw new HakoError('unsupported', `no CDI device ${names.join(', ')}`);
  },
};

/** The daemon's identity, made once. */
function engineId(root: string): string {
  const path = `${root}/engine-id`;
  const known = ignoring('ENOENT', () => readFileSync(path, 'utf8').trim());
  if (known) return known;
  const id = randomUUID();
  writeFileSync(path, `${id}\n`);
  return id;
}
