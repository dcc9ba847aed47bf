import { closeSync, writeFileSync, writeSync } from 'node:fs';
import { errorMessage, log, makeFolders, setLogLevel } from '#base';
import { createDockerApi } from '#docker-api';
import { type Engine, openEngine } from '#engine';
import { openImages } from '#images';
import { openNetworks } from '#network';
import { openDatabase } from '#state';
import { preferShortWaits, unshareFolder } from '#system';
import { imageOptions } from './image-settings.ts';
import { lockInstance } from './instance-lock.ts';
import { openRuntime } from './runtime.ts';
import { loadSettings, type Settings, type SettingsFlags } from './settings.ts';

/** A daemon that serves. Disposing it leaves the containers running. */
export interface Daemon extends AsyncDisposable {
  engine: Engine;
  settings: Settings;
  socketPath: string;
}

/** Opens everything a daemon is made of, in the order of the layers, and serves the Docker API. */
export async function openDaemon(settings: Settings): Promise<Daemon> {
  await using scope = new AsyncDisposableStack();
  makeFolders(settings.root, 0o711);
  makeFolders(settings.run, 0o711);
  const scopeOfPurge = scope.use(new DisposableStack());
  for (const folder of new Set([settings.run, settings.root])) scope.use(lockInstance(folder));
  const database = openDatabase(`${settings.root}/hako.db`);
  scope.defer(() => database.close());
  const { root: rootDir, run: runDir, instance } = settings;
  const { runtime, engineSettings } = await openRuntime(settings, scope);
  const images = scope.use(
    await openImages({ rootDir, database, remote: remoteSettings(settings), ...imageOptions(settings) }),
  );
  const networks = scope.use(
    await openNetworks({
      rootDir,
      runDir,
      instance,
      database,
      ...(settings.addressPools ? { defaultPools: settings.addressPools } : {}),
      obeyHostFirewall: settings.obeyHostFirewall === true,
    }),
  );
  const onPurge = () => scopeOfPurge.defer(() => unshareFolders(settings));
  const parts = { settings: engineSettings, database, images, networks, runtime, onPurge };
  const engine = scope.use(await openEngine(parts));
  images.maintenance.gc.onCollected = (id) => engine.events.publish('image', 'delete', id, { name: id });
  const socketPath = `${runDir}/docker.sock`;
  const api = createDockerApi({ engine });
  scope.use(await api.listen(socketPath, { mode: 0o660, group: settings.group }));
  if (settings.registry !== undefined) {
    const { openDaemonRegistry } = await import('./registry/mod.ts');
    scope.use(await openDaemonRegistry(images, database, settings.registry, remoteSettings(settings)));
  }
  const holds = scope.move();
  return { engine, settings, socketPath, [Symbol.asyncDispose]: () => holds.disposeAsync() };
}

/**
 * `hako daemon`: serves until SIGTERM or SIGINT. Where HAKO_READY_FD names a descriptor, `ready` or the error is
 * written to it, so that whoever started the daemon need not guess.
 */
export async function runDaemon(options: { flags: SettingsFlags }): Promise<void> {
  const settings = loadSettings(options.flags, process.env);
  if (settings.logLevel) setLogLevel(settings.logLevel);
  // Workers unpack on all processors, and clients wait for us.
  preferShortWaits();
  let daemon: Daemon;
  try {
    daemon = await openDaemon(settings);
  } catch (error) {
    reportReadiness(`error: ${errorMessage(error)}`);
    throw error;
  }
  writeFileSync(`${settings.run}/daemon.pid`, `${process.pid}\n`);
  log.info('daemon is ready', { socket: daemon.socketPath, root: settings.root, pid: process.pid });
  reportReadiness('ready');
  await untilTold();
  log.info('daemon stops; containers run on');
  await daemon[Symbol.asyncDispose]();
}

/** How registries are reached. */
function remoteSettings({ insecureRegistries, certsDirs }: Settings) {
  return { ...(insecureRegistries ? { insecureRegistries } : {}), ...(certsDirs ? { certsDirs } : {}) };
}

/** The folders were bound on themselves where the host's mounts are not shared (`RuntimeNamespace`). */
function unshareFolders(settings: Settings): void {
  for (const folder of [settings.run, settings.root]) unshareFolder(folder);
}

function reportReadiness(message: string): void {
  const fd = Number(process.env.HAKO_READY_FD);
  if (!process.env.HAKO_READY_FD || !Number.isInteger(fd)) return;
  writeSync(fd, `${message}\n`);
  closeSync(fd);
  delete process.env.HAKO_READY_FD;
}

function untilTold(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}
