/** Values that many kinds share: names, quantities, durations, metadata: parsing, printing, and what upstream says of bad ones. */
export * from './addresses.ts';
export * from './conditions.ts';
export * from './dns-names.ts';
export * from './equal.ts';
export * from './field-errors.ts';
export * from './human-duration.ts';
export * from './immutable.ts';
export * from './label-selector.ts';
export * from './object-meta.ts';
export * from './path.ts';
export * from './qualified-names.ts';
export * from './quantity.ts';
export * from './resource-list.ts';
export * from './rule.ts';
export * from './text-rules.ts';
export * from './timestamps.ts';
