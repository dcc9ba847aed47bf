import { join } from 'node:path';
import type { SyncReport } from './service.ts';

/** Raised with every change of the files' format or of the conversation: a daemon replaces a helper of another version. */
export const HELPER_VERSION = 1;

/** The daemon writes `sync` or `exit` and a newline; the helper answers one line of JSON to `sync`. */
export interface HelperReply extends SyncReport {
  version: number;
  pid: number;
}

/** Paths that both sides know, under the folder that they share. */
export function helperPaths(stateDir: string) {
  return {
    socket: join(stateDir, 'helper.sock'),
    /** Who the helper is: `pid` and its start time from /proc/<pid>/stat. */
    identity: join(stateDir, 'helper.json'),
    log: join(stateDir, 'helper.log'),
    zones: join(stateDir, 'zones'),
    proxies: join(stateDir, 'proxies'),
  };
}
