import { errorMessage } from '#base';
import { goDuration } from './go-duration.ts';
import type { Timer } from './timer.ts';

/** Runs the test in the container; aborting the signal kills it. */
export type Probe = (signal: AbortSignal) => Promise<{ exitCode: number; output: string }>;

export interface ProbeOutcome {
  exitCode: number;
  output: string;
}

/** How long a probe that was killed may take to hand over what it wrote. */
const LAST_WORDS_MS = 1_000;

/**
 * Runs one probe, and kills it after `timeoutMs` or when `signal` aborts. Never rejects: what cannot be run has failed
 * with -1. `settled` resolves when nothing of it runs any more, which may be later than the outcome.
 */
export function runProbe(
  probe: Probe,
  { timeoutMs, timer, signal }: { timeoutMs: number; timer: Timer; signal: AbortSignal },
): { outcome: Promise<ProbeOutcome>; settled: Promise<void> } {
  const kill = new AbortController();
  const { promise: outcome, resolve } = Promise.withResolvers<ProbeOutcome>();
  let timedOut = false;
  const answer = (result: ProbeOutcome) => resolve(timedOut ? timeoutOutcome(timeoutMs, result.output) : result);
  let lastWords: Disposable | undefined;
  const timeout = timer.after(timeoutMs, () => {
    timedOut = true;
    lastWords = timer.after(LAST_WORDS_MS, () => answer({ exitCode: -1, output: '' }));
    kill.abort();
  });
  const settled = attempt(probe, AbortSignal.any([kill.signal, signal])).then((result) => {
    timeout[Symbol.dispose]();
    lastWords?.[Symbol.dispose]();
    answer(result);
  });
  return { outcome, settled };
}

async function attempt(probe: Probe, signal: AbortSignal): Promise<ProbeOutcome> {
  try {
    return await probe(signal);
  } catch (error) {
    return { exitCode: -1, output: signal.aborted ? '' : errorMessage(error) };
  }
}

/** In Docker's words. */
function timeoutOutcome(timeoutMs: number, output: string): ProbeOutcome {
  const message = `Health check exceeded timeout (${goDuration(timeoutMs)})`;
  return { exitCode: -1, output: output === '' ? message : `${message}: ${output}` };
}
