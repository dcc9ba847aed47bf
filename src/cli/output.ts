/** Where text goes. The streams are opened on first use: a silent command never pays for them. */

/** 128 + SIGPIPE: what a program that wrote into a closed pipe exits with. */
const BROKEN_PIPE_EXIT = 141;
const opened = new Set<NodeJS.WriteStream>();

/** Writes to standard output; whoever writes much awaits the promise, which resolves when there is room again. */
export function print(text: string | Uint8Array): Promise<void> | undefined {
  return write(process.stdout, text);
}

/** Writes to standard error, like `print`. */
export function printError(text: string | Uint8Array): Promise<void> | undefined {
  return write(process.stderr, text);
}

/** A line on standard error that begins with `hako: `. */
export function note(message: string): void {
  printError(`hako: ${message}\n`);
}

/** Resolves when all that was printed has been taken: a full pipe takes the rest only when its reader goes on. */
export async function flushOutput(): Promise<void> {
  for (const stream of opened) {
    if (stream.writableLength > 0) await new Promise<void>((resolve) => stream.write('', () => resolve()));
  }
}

function write(stream: NodeJS.WriteStream, text: string | Uint8Array): Promise<void> | undefined {
  if (!opened.has(stream)) open(stream);
  if (stream.write(text)) return undefined;
  return new Promise((resolve) => stream.once('drain', resolve));
}

/** `hako ps | head -1` ends quietly, as SIGPIPE would end it. */
function open(stream: NodeJS.WriteStream): void {
  opened.add(stream);
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(BROKEN_PIPE_EXIT);
    throw error;
  });
}
