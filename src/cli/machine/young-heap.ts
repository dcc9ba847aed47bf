import { getHeapSpaceStatistics, setFlagsFromString } from 'node:v8';

const LOOK_EVERY_MS = 100;

/** Keeps the young generation of the heap at its first size. It would grow to hold what starting up makes, and stay so. */
export function holdYoungHeap(): void {
  setFlagsFromString('--semi-space-growth-factor=1');
}

/** Lets the young generation grow to `maxBytes` and no further: under load a small one is collected all the time. */
export function letYoungHeapGrow(maxBytes: number): void {
  setFlagsFromString('--semi-space-growth-factor=2');
  const timer = setInterval(() => {
    const young = getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space');
    if ((young?.space_size ?? 0) < maxBytes) return;
    holdYoungHeap();
    clearInterval(timer);
  }, LOOK_EVERY_MS);
  timer.unref();
}
