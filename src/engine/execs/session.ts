import type { ExecHandle } from '#runtime';
import type { Exec, ExecConfig } from '../contract.ts';

/** One exec from its creation until its container goes. */
export interface ExecSession {
  id: string;
  containerId: string;
  config: ExecConfig;
  started: boolean;
  running: boolean;
  exitCode: number | null;
  pid: number;
  handle: ExecHandle | undefined;
}

/** The session as a value for the edges. */
export function toExec(session: ExecSession): Exec {
  const { id, containerId, config, running, exitCode, pid } = session;
  return { id, containerId, config, running, exitCode, pid };
}
