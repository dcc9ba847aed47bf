/** Passes the signals that we get on to the container (--sig-proxy). */
import { type ApiClient, containerPath } from '../client/api.ts';
import { CliError } from '../errors.ts';
import { note } from '../output.ts';

/** All that a process may catch and that a user or supervisor may mean for the container. */
const SIGNALS = [
  'SIGINT',
  'SIGTERM',
  'SIGHUP',
  'SIGQUIT',
  'SIGUSR1',
  'SIGUSR2',
  'SIGALRM',
  'SIGCONT',
  'SIGTSTP',
] as const;

/** Forwards until the process exits. */
export function forwardSignals(api: ApiClient, container: string): void {
  for (const signal of SIGNALS) process.on(signal, () => void forward(api, container, signal));
}

async function forward(api: ApiClient, container: string, signal: NodeJS.Signals): Promise<void> {
  try {
    await api.post(containerPath(container, '/kill'), { signal });
  } catch (error) {
    if (!(error instanceof CliError)) throw error;
    note(`could not pass ${signal} on to the container: ${error.message}`);
  }
}
