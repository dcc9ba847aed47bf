/** Keeps the container's terminal as large as ours. */
import type { ApiClient } from '../client/api.ts';
import { CliError } from '../errors.ts';

/** Rows and columns of our terminal; undefined where output is none. */
export function terminalSize(): { rows: number; columns: number } | undefined {
  if (!process.stdout.isTTY) return undefined;
  const [columns, rows] = process.stdout.getWindowSize();
  return columns > 0 && rows > 0 ? { rows, columns } : undefined;
}

/** Sets the size now and with every SIGWINCH. `endpoint` is `…/resize` of a container or an exec. */
export async function followSize(api: ApiClient, endpoint: string): Promise<void> {
  if (!process.stdout.isTTY) return;
  process.stdout.on('resize', () => void resize(api, endpoint));
  await resize(api, endpoint);
}

/** A process that is just starting or has ended can't be resized: that is no failure of the session. */
async function resize(api: ApiClient, endpoint: string): Promise<void> {
  const size = terminalSize();
  if (size === undefined) return;
  try {
    await api.post(endpoint, { h: size.rows, w: size.columns });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
  }
}
