/** Exit codes of `run`, `start` and `exec`: 125 for the daemon, 126 and 127 for the command, else the container's own. */
import { type ApiClient, type ApiResponse, containerPath } from '../client/api.ts';
import { ApiError, type CliError, withExitCode } from '../errors.ts';
import { note } from '../output.ts';

interface WaitAnswer {
  StatusCode: number;
  Error?: { Message?: string } | null;
}

/** The exit code for a container that could not be started: its message tells what the command lacked. */
export function startFailure(error: unknown): CliError {
  const message = error instanceof Error ? error.message : '';
  if (!(error instanceof ApiError)) return withExitCode(error, 125);
  if (/executable file not found|no such file or directory|not found in \$PATH/i.test(message))
    return withExitCode(error, 127);
  if (/permission denied|operation not permitted|is a directory|not a directory|exec format error/i.test(message))
    return withExitCode(error, 126);
  return withExitCode(error, 125);
}

/** Begins to wait; resolves when the daemon has taken note, so that no exit can be missed. */
export function beginWait(api: ApiClient, container: string, condition: 'next-exit' | 'removed'): Promise<ApiResponse> {
  return api.request('POST', containerPath(container, '/wait'), { query: { condition } });
}

/** The exit code from an answer of `beginWait`. */
export async function exitCodeOf(waiting: ApiResponse): Promise<number> {
  const answer = JSON.parse(await waiting.text()) as WaitAnswer;
  const message = answer.Error?.Message;
  if (message) note(message);
  return message && answer.StatusCode === 0 ? 125 : answer.StatusCode;
}
