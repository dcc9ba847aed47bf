/** API aggregation: group versions that other servers serve behind this one. */
export { Aggregator, type AggregatorOptions } from './aggregator.ts';
export { registerLocal } from './register.ts';
