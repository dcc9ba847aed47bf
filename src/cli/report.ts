/** One message for whatever went wrong, on standard error. */
import { CliError } from './errors.ts';
import { printError } from './output.ts';

/** Prints `hako: message` and answers the exit code. With HAKO_DEBUG=1 the stack and the causes follow. */
export function reportError(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  printError(`hako: ${message}\n`);
  if (process.env.HAKO_DEBUG === '1' && error instanceof Error) printError(`${inspectChain(error)}\n`);
  else if (!isExpected(error)) printError('hako: this should not happen; HAKO_DEBUG=1 shows where it did\n');
  return error instanceof CliError ? error.exitCode : 1;
}

/** Errors with a message for the user: ours, the core's, and those of the operating system. */
function isExpected(error: unknown): boolean {
  return error instanceof CliError || (error instanceof Error && 'code' in error);
}

function inspectChain(error: Error): string {
  const cause = error.cause instanceof Error ? `\ncaused by: ${inspectChain(error.cause)}` : '';
  return `${error.stack ?? error.message}${cause}`;
}
