import type { ResourceDefinition } from '../../resource.ts';
import { podDisruptionBudgets } from './pod-disruption-budgets.ts';

/** The resources of the policy group. */
export const rows: readonly ResourceDefinition[] = [podDisruptionBudgets];
