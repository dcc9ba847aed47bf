import { accessSync, constants } from 'node:fs';

/** The path of a program in `folders`, by default those of PATH and the system's; undefined where there is none. */
export function findProgram(name: string, folders?: readonly string[]): string | undefined {
  const places = folders ?? [...(process.env.PATH ?? '').split(':'), '/usr/sbin', '/sbin'];
  return places.map((folder) => `${folder}/${name}`).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
