import { open } from 'node:fs/promises';
import { errnoCode } from '#base';

const NEWLINE = 10;

/**
 * Ends the torn last line that a killed conmon or a full disk left in a log, so that the next record does not become part
 * of it. To be called before a container starts, when nobody writes to its log. No log is no problem.
 */
export async function endTornLine(path: string): Promise<void> {
  try {
    await using file = await open(path, 'r+');
    const { size } = await file.stat();
    if (size === 0) return;
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1);
    if (buffer[0] !== NEWLINE) await file.write('\n', size);
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
  }
}
