import { EventEmitter, once } from 'node:events';
import type { Change, Storage, Watch } from '../contract.ts';

/** A watcher that remembers what it was told. */
export interface Recorder extends Disposable {
  readonly changes: Change[];
  readonly progress: number[];
  readonly ended: Error[];
  readonly watch: Watch;
  /** Resolves when `condition` holds, at once or after something that was told; the test's own time limit ends the wait. */
  until(condition: (recorder: Recorder) => boolean): Promise<void>;
  /** Resolves when everything up to `revision` was told. */
  reach(revision: number): Promise<void>;
}

/** Watches `prefix` from `afterRevision` on. */
export function record(storage: Storage, prefix: string, afterRevision: number): Recorder {
  const told = new EventEmitter();
  const changes: Change[] = [];
  const progress: number[] = [];
  const ended: Error[] = [];
  const add = <T>(list: T[], ...items: T[]) => {
    list.push(...items);
    told.emit('told');
  };
  const watch = storage.watch({
    prefix,
    afterRevision,
    onChanges: (news) => add(changes, ...news),
    onProgress: (revision) => add(progress, revision),
    onEnd: (error) => add(ended, error),
  });
  const recorder: Recorder = {
    changes,
    progress,
    ended,
    watch,
    async until(condition) {
      while (!condition(recorder)) await once(told, 'told', { signal: AbortSignal.timeout(20_000) });
    },
    async reach(revision) {
      watch.requestProgress();
      await recorder.until(() => (changes.at(-1)?.revision ?? 0) >= revision || (progress.at(-1) ?? 0) >= revision);
    },
    [Symbol.dispose]: () => watch[Symbol.dispose](),
  };
  return recorder;
}

/** `put /a@5=1`, for comparing at a glance; a delete shows what was there. */
export function brief(change: Change): string {
  return `${change.type} ${change.key}=${String(change.value ?? change.previous?.value)}`;
}
