/** The variables of loops and bindings that are visible, by name: their places in `Frame.slots`. */
export type Slots = ReadonlyMap<string, number>;

/** A key that keeps the slot of a shadowed variable taken: slots are counted by the size of the map. */
export function freeName(variable: string, slots: Slots): string {
  return slots.has(variable) ? `\0${slots.size}` : variable;
}
