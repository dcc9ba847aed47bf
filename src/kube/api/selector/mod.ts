/** Label and field selectors: parsing, matching, printing. */
export * from './field.ts';
export * from './label.ts';
