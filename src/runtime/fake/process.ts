/** A pretended process: it understands a handful of commands, so that tests need no kernel. */
import type { AttachedStreams, OutputChunk, TerminalSize } from '../contract.ts';

type Listener = (chunk: OutputChunk | undefined) => void;

/**
 * Runs `['sh', '-c', script]` or one command. Commands, joined by `;`: `true`, `false`, `exit N`, `echo WORDS`,
 * `echo WORDS >&2`, `cat`, `sleep SECONDS`, `sleep infinity`, `size` (prints the terminal's rows and columns).
 */
export class FakeProcess {
  readonly exited: Promise<number>;
  readonly #finish: (code: number) => void;
  readonly #listeners = new Set<Listener>();
  readonly #input: Uint8Array[] = [];
  readonly #wakeInput = new Set<() => void>();
  #inputEnded = false;
  #isOver = false;
  #timer: NodeJS.Timeout | undefined;
  #size: TerminalSize = { rows: 24, columns: 80 };

  constructor() {
    const { promise, resolve } = Promise.withResolvers<number>();
    this.exited = promise;
    this.#finish = resolve;
  }

  /** Begins with the program. */
  async run(args: readonly string[]): Promise<void> {
    const script = args[0] === 'sh' && args[1] === '-c' ? (args[2] ?? '') : args.join(' ');
    let code = 0;
    for (const command of script.split(';').map((part) => part.trim())) {
      if (this.#isOver) return;
      const exit = /^exit (\d+)$/.exec(command);
      if (exit !== null) return this.end(Number(exit[1]));
      code = await this.#command(command);
    }
    this.end(code);
  }

  async #command(command: string): Promise<number> {
    const [name = '', ...words] = command.split(/\s+/);
    const toErrors = words.at(-1) === '>&2';
    if (name === 'echo')
      this.#emit(toErrors ? 'stderr' : 'stdout', `${words.slice(0, toErrors ? -1 : undefined).join(' ')}\n`);
    if (name === 'size') this.#emit('stdout', `${this.#size.rows} ${this.#size.columns}\n`);
    if (name === 'cat') await this.#cat();
    if (name === 'sleep') await this.#sleep(words[0] ?? '');
    return name === 'false' ? 1 : 0;
  }

  #sleep(seconds: string): Promise<void> {
    if (seconds === 'infinity') return this.exited.then(() => undefined);
    return new Promise((resolve) => (this.#timer = setTimeout(resolve, Number(seconds) * 1000)));
  }

  async #cat(): Promise<void> {
    while (!this.#isOver) {
      const data = this.#input.shift();
      if (data !== undefined) this.#emit('stdout', data);
      else if (this.#inputEnded) return;
      else await new Promise<void>((resolve) => this.#wakeInput.add(resolve));
    }
  }

  #emit(stream: 'stdout' | 'stderr', data: string | Uint8Array): void {
    const chunk = { stream, data: Buffer.from(data) };
    for (const listener of this.#listeners) listener(chunk);
  }

  #wake(): void {
    for (const wake of this.#wakeInput) wake();
    this.#wakeInput.clear();
  }

  resize(size: TerminalSize): void {
    this.#size = size;
  }

  /** Ends the process with a code, as a signal or its own exit would. */
  end(code: number): void {
    if (this.#isOver) return;
    this.#isOver = true;
    clearTimeout(this.#timer);
    this.#wake();
    for (const listener of this.#listeners) listener(undefined);
    this.#finish(code);
  }

  /** A client's view from now on; `onDispose` is told when it leaves. */
  attach(endsInput: boolean, onDispose: () => void = () => undefined): AttachedStreams {
    const chunks: (OutputChunk | undefined)[] = this.#isOver ? [undefined] : [];
    let wake: (() => void) | undefined;
    const listener: Listener = (chunk) => {
      chunks.push(chunk);
      wake?.();
    };
    this.#listeners.add(listener);
    const output = async function* (): AsyncGenerator<OutputChunk> {
      for (;;) {
        if (chunks.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        const chunk = chunks.shift();
        if (chunk === undefined) return;
        yield chunk;
      }
    };
    return {
      output: output(),
      write: async (data) => {
        this.#input.push(data);
        this.#wake();
      },
      endInput: () => this.#endInput(endsInput),
      [Symbol.asyncDispose]: async () => {
        listener(undefined);
        this.#listeners.delete(listener);
        onDispose();
      },
    };
  }

  #endInput(endsInput: boolean): void {
    if (!endsInput) return;
    this.#inputEnded = true;
    this.#wake();
  }
}
