import { type FSWatcher, watch } from 'node:fs';
import { basename, dirname } from 'node:path';
import { callAfter, systemClock } from '#base';
import type { LogOptions } from '../contract.ts';
import { Doorbell } from './doorbell.ts';

/** Tells a follower when to look again: the log grew or was rotated, the container ended, `until` came, the client left. */
export class LogWatch implements Disposable {
  readonly #bell = new Doorbell();
  readonly #signal: AbortSignal | undefined;
  readonly #watcher: FSWatcher;
  readonly #timer: Disposable | undefined;
  /** The container's promise may outlive many followers: what hangs on it must stay small. */
  readonly #end: { ring: (() => void) | undefined } = { ring: () => this.#finish() };
  #renamed = false;
  /** Nothing will come any more. */
  finished = false;

  constructor(path: string, options: LogOptions, ended: Promise<void>) {
    const name = basename(path);
    this.#watcher = watch(dirname(path), (kind, changed) => this.#onChange(kind, changed === name));
    this.#watcher.on('error', () => this.#finish());
    const end = this.#end;
    void ended.then(
      () => end.ring?.(),
      () => end.ring?.(),
    );
    const { untilMs } = options;
    this.#timer = untilMs === undefined ? undefined : callAfter(untilMs, systemClock, () => this.#finish());
    this.#signal = options.signal;
    this.#signal?.addEventListener('abort', this.#abort);
  }

  /** Whether a name changed since the last call. */
  takeRenamed(): boolean {
    const renamed = this.#renamed;
    this.#renamed = false;
    return renamed;
  }

  /** Resolves when there may be more. */
  wait(): Promise<void> {
    return this.#bell.wait();
  }

  [Symbol.dispose](): void {
    this.#watcher.close();
    this.#timer?.[Symbol.dispose]();
    this.#end.ring = undefined;
    this.#signal?.removeEventListener('abort', this.#abort);
  }

  readonly #abort = () => this.#finish();

  #onChange(kind: string, isLog: boolean): void {
    if (kind === 'rename') this.#renamed = true;
    if (kind === 'rename' || isLog) this.#bell.ring();
  }

  #finish(): void {
    this.finished = true;
    this.#bell.ring();
  }
}
