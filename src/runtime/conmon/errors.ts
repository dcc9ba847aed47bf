import { HakoError } from '#base';

/** The part of a runtime's output that people need: its last line, without the dress of a log record. */
function plainMessage(output: string): string {
  const last = output.trim().split('\n').filter(Boolean).at(-1) ?? '';
  const quoted = /\bmsg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1];
  return (quoted?.replaceAll('\\"', '"') ?? last).replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z:\s*/, '').trim();
}

/** The runtimes say in different words that a program is missing; clients look for Docker's. */
function dockerWords(message: string): string {
  const missing = /executable file `([^`]*)` not found in \$PATH|error finding executable "([^"]*)" in PATH/.exec(
    message,
  );
  if (missing !== null) return `exec: "${missing[1] ?? missing[2]}": executable file not found in $PATH`;
  // crun opens what it will run first, and a folder gives EPERM there.
  const denied =
    /open executable: (?:Permission denied|Operation not permitted)|exec(?:ve)? .*: Permission denied/i.test(message);
  return denied ? `${message}: permission denied` : message;
}

/**
 * The error of a runtime or of conmon, from what it printed. `verb` is `create`, `exec`, `start` …
 * A program that is missing or cannot be run is the user's mistake (`invalid`), a container that ended meanwhile is a
 * `conflict`, everything else is `internal`.
 */
export function runtimeError(verb: string, output: string): HakoError {
  const message = dockerWords(plainMessage(output)) || `the runtime failed without a word`;
  const isUsers = /not found in \$PATH|no such file or directory|permission denied|is a directory|exec format error/i;
  const hasEnded = !['create', 'start', 'delete'].includes(verb) && /not running|no such process/i.test(message);
  const code = isUsers.test(message) ? 'invalid' : hasEnded ? 'conflict' : 'internal';
  return new HakoError(code, `OCI runtime ${verb} failed: ${message}`, { cause: output });
}

/**
 * The exit code that Docker gives to a container whose start failed: 127 for a command that is not there,
 * 126 for one that cannot be run, else 125.
 */
export function startFailureExitCode(error: unknown): 125 | 126 | 127 {
  const message = error instanceof Error ? error.message.toLowerCase() : '';
  if (message.includes('executable file not found') || message.includes('no such file or directory')) return 127;
  return message.includes('permission denied') || message.includes('is a directory') ? 126 : 125;
}
