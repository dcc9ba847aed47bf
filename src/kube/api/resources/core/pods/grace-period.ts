import type { Pod } from './types.ts';

/** How long a deleted pod has to end: none if nothing of it runs, and else at least a second. */
export function podGracePeriodSeconds({ spec, status }: Pod, requestedSeconds: number | undefined): number {
  if ((spec.nodeName ?? '') === '' || status?.phase === 'Failed' || status?.phase === 'Succeeded') return 0;
  const seconds = requestedSeconds ?? spec.terminationGracePeriodSeconds ?? 0;
  return seconds < 0 ? 1 : seconds;
}
