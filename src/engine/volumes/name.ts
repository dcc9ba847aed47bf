import { HakoError } from '#base';

/** Longest file name of Linux file systems: a volume is a folder. */
const MAX_BYTES = 255;

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Whether a folder of this name can be a volume's: `lost+found` cannot. */
export function isVolumeName(name: string): boolean {
  return NAME.test(name);
}

/** Throws `invalid`, in Docker's words, unless `name` can name a volume. */
export function validateVolumeName(name: string): void {
  if (name.length === 1) {
    throw new HakoError('invalid', 'volume name is too short, names should be at least two alphanumeric characters');
  }
  if (!NAME.test(name)) {
    const problem = `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed`;
    const advice = 'If you intended to pass a host directory, use absolute path';
    throw new HakoError('invalid', `create ${name}: ${problem}. ${advice}`);
  }
  if (name.length > MAX_BYTES) {
    throw new HakoError('invalid', `create ${name.slice(0, 32)}…: a volume name has at most ${MAX_BYTES} characters`);
  }
}
