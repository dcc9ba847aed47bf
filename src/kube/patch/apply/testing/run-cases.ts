import { type Fields, History } from './history.ts';

/** A write of one manager: `force` is an apply that takes what it conflicts with. */
export type Step = readonly ['apply' | 'force' | 'update', string, Fields];

/** Who did what, what comes of it, and who owns it then. */
export type Case = readonly [what: string, steps: readonly Step[], fields: Fields, owners: Record<string, string[]>];

/** Does one step. */
export function runStep(history: History, [what, manager, fields]: Step): void {
  if (what === 'update') history.update(manager, fields);
  else history.apply(manager, fields, { force: what === 'force' });
}

/** The object after some steps. */
export function run(steps: readonly Step[]): History {
  const history = new History();
  for (const step of steps) runStep(history, step);
  return history;
}
