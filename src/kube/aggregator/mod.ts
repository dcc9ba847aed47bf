/** API aggregation: group versions that other servers serve behind this one. */
export { Aggregator, type AggregatorOptions, type OtherResources } from './aggregator.ts';
export { registerLocal } from './register.ts';
