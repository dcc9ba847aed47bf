/** Where the adapter keeps its files. Everything is below one run folder, which a reboot empties. */
import { join } from 'node:path';

export class RuntimeLayout {
  /** Absolute; a short one keeps socket paths short. */
  readonly runDir: string;

  constructor(runDir: string) {
    this.runDir = runDir;
  }

  /** One record a container that we made. */
  get records(): string {
    return join(this.runDir, 'containers');
  }

  /** Where conmon writes exit codes, a file a container. */
  get exits(): string {
    return join(this.runDir, 'exits');
  }

  /** For conmon's console sockets, whose path must fit a socket address. */
  get temporary(): string {
    return join(this.runDir, 't');
  }

  /** What `--root` of a runtime program says. */
  stateRoot(runtimeName: string): string {
    return join(this.runDir, 'state', runtimeName);
  }

  /** Every folder that must exist. */
  get folders(): string[] {
    return [this.records, this.exits, this.temporary, join(this.runDir, 'state')];
  }
}

/** Names inside a bundle, and inside the folder of an exec. */
export const BundleFile = {
  CONFIG: 'config.json',
  PROCESS: 'process.json',
  PID: 'pid',
  /** The FIFO whose writing end conmon holds as long as it lives. */
  SYNC: 'sync',
  ATTACH: 'attach',
  CONTROL: 'ctl',
  OOM: 'oom',
  CONMON_LOG: 'conmon.log',
  EXECS: 'exec',
} as const;
