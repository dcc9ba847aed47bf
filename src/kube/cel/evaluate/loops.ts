import { EvaluationError } from '../cel-error.ts';
import type { Loop } from '../syntax/ast.ts';
import { ArrayList, EntryMap, ListValue, MapValue, type Value } from '../values/value.ts';
import type { Frame } from './frame.ts';
import { truth } from './logic.ts';
import type { Planner, Run } from './plan.ts';
import { freeName, type Slots } from './slots.ts';

/** What each turn of a loop costs besides its body. */
const TURN_COST = 3;

/** Goes over a range: sets the variables, then calls `turn` until it answers false. */
type Walk = (frame: Frame, turn: (first: Value) => boolean) => void;

/** Plans a macro that goes over a list or map. */
export function planLoop(planner: Planner, loop: Loop, slots: Slots): Run {
  const range = planner.plan(loop.range, slots);
  const first = slots.size;
  let inner: Slots = slots;
  for (const variable of loop.variables) {
    inner = new Map(inner).set(freeName(variable, inner), inner.size).set(variable, inner.size);
  }
  const filter = loop.filter === undefined ? undefined : planner.plan(loop.filter, inner);
  const body = planner.plan(loop.body, inner);
  const walk = walker(range, first, loop.variables.length === 2, filter);
  switch (loop.macro) {
    case 'all':
      return quantifier(walk, body, false);
    case 'exists':
      return quantifier(walk, body, true);
    case 'exists_one':
    case 'existsOne':
      return exactlyOne(walk, body);
    case 'filter':
      return keepers(walk, body);
    case 'map':
    case 'transformList':
      return mapped(walk, body);
    default:
      return entries(walk, body, loop.macro === 'transformMapEntry');
  }
}

function walker(range: Run, slot: number, isTwo: boolean, filter: Run | undefined): Walk {
  return (frame, turn) => {
    const { slots, budget } = frame;
    const over = range(frame);
    const visit = (first: Value, second: Value): boolean => {
      budget.charge(TURN_COST);
      slots[slot] = first;
      if (isTwo) slots[slot + 1] = second;
      return filter !== undefined && !truth(filter(frame)) ? true : turn(first);
    };
    if (over instanceof ListValue) {
      for (let index = 0; index < over.size; index++) {
        const item = over.at(index);
        if (!(isTwo ? visit(BigInt(index), item) : visit(item, item))) return;
      }
    } else if (over instanceof MapValue) {
      for (const key of over.keys()) if (!visit(key, isTwo ? (over.get(key) as Value) : key)) return;
    } else throw new EvaluationError('no such overload');
  };
}

/** `all` and `exists`: errors do not matter when another item decides. */
function quantifier(walk: Walk, body: Run, decisive: boolean): Run {
  return (frame) => {
    let failure: EvaluationError | undefined;
    let decided = false;
    walk(frame, () => {
      try {
        decided = truth(body(frame)) === decisive;
      } catch (error) {
        if (!(error instanceof EvaluationError)) throw error;
        failure ??= error;
      }
      return !decided;
    });
    if (decided) return decisive;
    if (failure !== undefined) throw failure;
    return !decisive;
  };
}

function exactlyOne(walk: Walk, body: Run): Run {
  return (frame) => {
    let count = 0;
    walk(frame, () => {
      if (truth(body(frame))) count++;
      return true;
    });
    return count === 1;
  };
}

function keepers(walk: Walk, body: Run): Run {
  return (frame) => {
    const kept: Value[] = [];
    walk(frame, (item) => {
      if (truth(body(frame))) kept.push(item);
      return true;
    });
    return new ArrayList(kept);
  };
}

function mapped(walk: Walk, body: Run): Run {
  return (frame) => {
    const made: Value[] = [];
    walk(frame, () => {
      made.push(body(frame));
      return true;
    });
    return new ArrayList(made);
  };
}

function entries(walk: Walk, body: Run, isEntry: boolean): Run {
  return (frame) => {
    const map = new EntryMap();
    walk(frame, (key) => {
      const value = body(frame);
      if (!isEntry) map.add(key, value);
      else if (value instanceof MapValue) addAll(map, value);
      else throw new EvaluationError('no such overload');
      return true;
    });
    return map;
  };
}

function addAll(map: EntryMap, added: MapValue): void {
  for (const key of added.keys()) {
    if (!map.add(key, added.get(key) as Value))
      throw new EvaluationError(`insert failed: key ${String(key)} already exists`);
  }
}
