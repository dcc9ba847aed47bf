/** What a rule gives for a sound value: nothing to complain of. */
export const SOUND: readonly string[] = Object.freeze([]);

/** `must be no more than N bytes`. */
export function maxLengthMessage(maxBytes: number): string {
  return `must be no more than ${maxBytes} bytes`;
}

/** `must be between MIN and MAX, inclusive`. */
export function rangeMessage(min: number, max: number): string {
  return `must be between ${min} and ${max}, inclusive`;
}

/** Says what a value must look like, with examples and the expression in RE2's syntax, as clients know it. */
export function patternMessage(rule: string, expression: string, ...examples: readonly string[]): string {
  if (examples.length === 0) return `${rule} (regex used for validation is '${expression}')`;
  const shown = examples.map((example) => `'${example}', `).join(' or ');
  return `${rule} (e.g. ${shown}regex used for validation is '${expression}')`;
}

/** A rule of a maximal length and a pattern. The messages are made once, when first needed. */
export function patternRule(options: {
  readonly expression: string;
  readonly maxBytes?: number;
  readonly message: string;
  readonly examples?: readonly string[];
}): (text: string) => readonly string[] {
  const { expression, maxBytes = Number.POSITIVE_INFINITY, message, examples = [] } = options;
  const pattern = new RegExp(`^(?:${expression})$`);
  return (text) => {
    const fits = text.length <= maxBytes;
    const matches = pattern.test(text);
    if (fits && matches) return SOUND;
    const errors: string[] = [];
    if (!fits) errors.push(maxLengthMessage(maxBytes));
    if (!matches) errors.push(patternMessage(message, expression, ...examples));
    return errors;
  };
}
