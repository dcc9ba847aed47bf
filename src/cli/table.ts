/** Every command by its words, with its one line of help. A command's own file loads only when it is called. */
import type { Command } from './command.ts';

export interface Entry {
  readonly summary: string;
  readonly load: () => Promise<{ default: Command }>;
  /** True when it talks to the daemon first of all, so that the connection may be opened early. */
  readonly daemon: boolean;
}

export interface Group {
  readonly summary: string;
  readonly commands: Readonly<Record<string, Entry>>;
}

type Load = Entry['load'];
const entry = (summary: string, load: Load): Entry => ({ summary, load, daemon: true });
const local = (summary: string, load: Load): Entry => ({ summary, load, daemon: false });

const container: Record<string, Entry> = {
  run: entry('Create and start a container', () => import('./commands/container/run.ts')),
  create: entry('Create a container', () => import('./commands/container/create.ts')),
  start: entry('Start stopped containers', () => import('./commands/container/start.ts')),
  stop: entry('Stop running containers', () => import('./commands/container/stop.ts')),
  restart: entry('Restart containers', () => import('./commands/container/restart.ts')),
  kill: entry('Send a signal to running containers', () => import('./commands/container/kill.ts')),
  pause: entry('Freeze all processes of containers', () => import('./commands/container/pause.ts')),
  unpause: entry('Thaw all processes of containers', () => import('./commands/container/unpause.ts')),
  wait: entry('Wait until containers stop, then print their exit codes', () => import('./commands/container/wait.ts')),
  rm: entry('Remove containers', () => import('./commands/container/rm.ts')),
  rename: entry('Rename a container', () => import('./commands/container/rename.ts')),
  update: entry('Change limits and restart policy of containers', () => import('./commands/container/update.ts')),
  ls: entry('List containers', () => import('./commands/container/ls.ts')),
  inspect: entry('Show containers in full', () => import('./commands/container/inspect.ts')),
  logs: entry('Show the output of a container', () => import('./commands/container/logs.ts')),
  attach: entry('Join the terminal or output of a running container', () => import('./commands/container/attach.ts')),
  exec: entry('Run a command in a running container', () => import('./commands/container/exec.ts')),
  top: entry('Show the processes of a container', () => import('./commands/container/top.ts')),
  stats: entry('Show what containers use, live', () => import('./commands/container/stats.ts')),
  cp: entry('Copy files between a container and this machine', () => import('./commands/container/cp.ts')),
  diff: entry('Show what changed in the file system of a container', () => import('./commands/container/diff.ts')),
  port: entry('Show the published ports of a container', () => import('./commands/container/port.ts')),
  commit: entry('Make an image of the changes of a container', () => import('./commands/container/commit.ts')),
  export: entry('Write the file system of a container as a tar', () => import('./commands/container/export.ts')),
  prune: entry('Remove all stopped containers', () => import('./commands/container/prune.ts')),
};

const image: Record<string, Entry> = {
  ls: entry('List images', () => import('./commands/image/ls.ts')),
  bootstrap: entry('Make a base image without any registry', () => import('./commands/image/bootstrap.ts')),
  import: entry('Make an image of a root file system in a tar', () => import('./commands/image/import.ts')),
  load: entry('Load images from a tar', () => import('./commands/image/load.ts')),
  save: entry('Write images as a tar', () => import('./commands/image/save.ts')),
  pull: entry('Fetch an image from a registry', () => import('./commands/image/pull.ts')),
  push: entry('Send an image to a registry', () => import('./commands/image/push.ts')),
  copy: local(
    'Copy an image between registries, archives, layouts and the store',
    () => import('./commands/image/copy.ts'),
  ),
  inspect: entry('Show images in full', () => import('./commands/image/inspect.ts')),
  history: entry('Show how an image was made', () => import('./commands/image/history.ts')),
  tag: entry('Give an image another name', () => import('./commands/image/tag.ts')),
  rm: entry('Remove images', () => import('./commands/image/rm.ts')),
  prune: entry('Remove images that nothing uses', () => import('./commands/image/prune.ts')),
};

const artifact: Record<string, Entry> = {
  ls: local('List what refers to an image at its registry', () => import('./commands/artifact/ls.ts')),
  attach: local('Store files beside an image at its registry', () => import('./commands/artifact/attach.ts')),
  fetch: local('Fetch the files of what refers to an image', () => import('./commands/artifact/fetch.ts')),
};

const network: Record<string, Entry> = {
  ls: entry('List networks', () => import('./commands/network/ls.ts')),
  create: entry('Create a network', () => import('./commands/network/create.ts')),
  connect: entry('Connect a container to a network', () => import('./commands/network/connect.ts')),
  disconnect: entry('Disconnect a container from a network', () => import('./commands/network/disconnect.ts')),
  inspect: entry('Show networks in full', () => import('./commands/network/inspect.ts')),
  rm: entry('Remove networks', () => import('./commands/network/rm.ts')),
  prune: entry('Remove networks that no container uses', () => import('./commands/network/prune.ts')),
};

const volume: Record<string, Entry> = {
  ls: entry('List volumes', () => import('./commands/volume/ls.ts')),
  create: entry('Create a volume', () => import('./commands/volume/create.ts')),
  inspect: entry('Show volumes in full', () => import('./commands/volume/inspect.ts')),
  rm: entry('Remove volumes', () => import('./commands/volume/rm.ts')),
  prune: entry('Remove volumes that no container uses', () => import('./commands/volume/prune.ts')),
};

const system: Record<string, Entry> = {
  df: entry('Show what takes disk space', () => import('./commands/system/df.ts')),
  info: entry('Show facts about the daemon and the machine', () => import('./commands/system/info.ts')),
  events: entry('Show what happens in the daemon, live', () => import('./commands/system/events.ts')),
  prune: entry('Remove everything that is not used', () => import('./commands/system/prune.ts')),
  unit: local('Print a systemd unit for the daemon', () => import('./commands/machine/unit.ts')),
};

const registry: Record<string, Entry> = {
  serve: local('Serve images to any OCI client', () => import('./commands/registry/serve.ts')),
};

const datastore: Record<string, Entry> = {
  copy: local('Copy a cluster to another datastore', () => import('./commands/datastore/copy.ts')),
  backup: local(
    'Copy the datastore to a file while the server goes on',
    () => import('./commands/datastore/backup.ts'),
  ),
  restore: local('Put a backup in the place of the datastore', () => import('./commands/datastore/restore.ts')),
  encrypt: local('Encrypt all secrets as configured', () => import('./commands/datastore/encrypt.ts')),
};

/** Commands that start and stop the daemon on this machine. */
const machine: Record<string, Entry> = {
  up: local('Start the daemon, unless it runs', () => import('./commands/machine/up.ts')),
  down: local('Stop the daemon; containers run on', () => import('./commands/machine/down.ts')),
  status: local('Show whether the daemon runs, and where', () => import('./commands/machine/status.ts')),
  daemon: local('Run the daemon in the foreground', () => import('./commands/machine/daemon.ts')),
  server: local('Run the Kubernetes API server in the foreground', () => import('./commands/cluster/server.ts')),
  demo: local('Run a real application in real containers', () => import('./commands/machine/demo.ts')),
};

const other: Record<string, Entry> = {
  login: entry('Keep credentials for a registry', () => import('./commands/machine/login.ts')),
  logout: local('Forget the credentials for a registry', () => import('./commands/machine/logout.ts')),
  inspect: entry('Show any objects in full', () => import('./commands/system/inspect.ts')),
  version: local('Show the versions of client and daemon', () => import('./commands/system/version.ts')),
  completion: local('Print a completion script for a shell', () => import('./commands/machine/completion.ts')),
  help: local('Show help about a command', () => import('./commands/machine/help.ts')),
};

/** Commands of two words. */
export const groups: Readonly<Record<string, Group>> = {
  container: { summary: 'Containers', commands: container },
  image: { summary: 'Images', commands: image },
  artifact: { summary: 'Signatures, SBOMs and other files beside images', commands: artifact },
  network: { summary: 'Networks', commands: network },
  volume: { summary: 'Volumes', commands: volume },
  registry: { summary: "A registry of one's own", commands: registry },
  datastore: { summary: "Where a cluster's objects are", commands: datastore },
  system: { summary: 'The daemon as a whole', commands: system },
};

/** Short names that docker's users have in their fingers, by the words they stand for. */
export const shortcuts: Readonly<Record<string, readonly [group: string, command: string]>> = {
  ps: ['container', 'ls'],
  images: ['image', 'ls'],
  rmi: ['image', 'rm'],
  ...Object.fromEntries(
    ['import', 'load', 'save', 'pull', 'push', 'history', 'tag'].map((name) => [name, ['image', name]]),
  ),
  ...Object.fromEntries(['info', 'events'].map((name) => [name, ['system', name]])),
  ...Object.fromEntries(
    Object.keys(container)
      .filter((name) => !['ls', 'inspect', 'prune'].includes(name))
      .map((name) => [name, ['container', name]]),
  ),
};

/** Other names within any group. */
const groupAliases: Readonly<Record<string, string>> = { list: 'ls', ps: 'ls', remove: 'rm' };

/** Commands of one word that are no shortcut. */
export const single: Readonly<Record<string, Entry>> = { ...machine, ...other };
export const machineCommands = machine;

export interface Found {
  /** Undefined when the words end at a group, or name nothing. */
  readonly entry: Entry | undefined;
  /** The words that were understood, such as `container run`; as the user wrote them. */
  readonly name: string;
  readonly rest: readonly string[];
}

/** Finds the command that the first words name. */
export function findCommand(words: readonly string[]): Found {
  const [first = '', second = ''] = words;
  const shortcut = Object.hasOwn(shortcuts, first) ? shortcuts[first] : undefined;
  if (shortcut !== undefined)
    return { entry: groups[shortcut[0]]?.commands[shortcut[1]], name: first, rest: words.slice(1) };
  if (Object.hasOwn(single, first)) return { entry: single[first], name: first, rest: words.slice(1) };
  if (!Object.hasOwn(groups, first)) return { entry: undefined, name: '', rest: words };
  const commands = groups[first]?.commands ?? {};
  const name = Object.hasOwn(commands, second) ? second : (groupAliases[second] ?? '');
  const entry = Object.hasOwn(commands, name) ? commands[name] : undefined;
  if (entry === undefined) return { entry, name: first, rest: words.slice(1) };
  return { entry, name: `${first} ${second}`, rest: words.slice(2) };
}
