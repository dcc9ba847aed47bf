/** Where text goes. Standard output is opened on first use: a silent command never pays for it. */

/** 128 + SIGPIPE: what a program that wrote into a closed pipe exits with. */
const BROKEN_PIPE_EXIT = 141;
let guarded = false;

/** Writes to standard output. Writes to pipes, files and terminals are synchronous on Linux. */
export function print(text: string | Uint8Array): void {
  guard();
  process.stdout.write(text);
}

/** Writes to standard error. */
export function printError(text: string | Uint8Array): void {
  guard();
  process.stderr.write(text);
}

/** A line on standard error that begins with `hako: `. */
export function note(message: string): void {
  printError(`hako: ${message}\n`);
}

/** `hako ps | head -1` ends quietly, as SIGPIPE would end it. */
function guard(): void {
  if (guarded) return;
  guarded = true;
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EPIPE') process.exit(BROKEN_PIPE_EXIT);
      throw error;
    });
  }
}
