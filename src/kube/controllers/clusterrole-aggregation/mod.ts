export { clusterRoleAggregation } from './clusterrole-aggregation.ts';
