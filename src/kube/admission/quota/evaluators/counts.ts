import type { QuotaEvaluator } from '../evaluator.ts';

/** Resources that had quotas before `count/`; they are counted under both names. */
const OLD_NAMES: ReadonlySet<string> = new Set(['configmaps', 'resourcequotas', 'replicationcontrollers', 'secrets']);

/** Counts objects: `count/deployments.apps`. */
export function countEvaluator(qualifiedName: string): QuotaEvaluator {
  const names = [`count/${qualifiedName}`, ...(OLD_NAMES.has(qualifiedName) ? [qualifiedName] : [])];
  return {
    handles: ({ operation }) => operation === 'CREATE',
    counts: (name) => names.includes(name),
    usage: () => Object.fromEntries(names.map((name) => [name, '1'])),
  };
}
