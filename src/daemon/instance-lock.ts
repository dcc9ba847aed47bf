import { closeSync, openSync } from 'node:fs';
import { HakoError } from '#base';
import { tryLockFile } from '#system';

/** Two daemons on one folder would fight: the second is refused. The kernel drops the lock with the process. */
export function lockInstance(folder: string): Disposable {
  const path = `${folder}/daemon.lock`;
  const fd = openSync(path, 'a', 0o600);
  if (!tryLockFile(fd)) {
    closeSync(fd);
    throw new HakoError(
      'conflict',
      `a daemon already serves ${folder}: use it, stop it with "hako down", or give this one its own --root and --run`,
    );
  }
  return { [Symbol.dispose]: () => closeSync(fd) };
}
