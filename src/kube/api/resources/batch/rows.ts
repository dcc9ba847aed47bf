import type { ResourceDefinition } from '../../resource.ts';
import { cronJobs } from './cron-jobs.ts';
import { jobs } from './jobs.ts';

/** The resources of the batch group. */
export const rows: readonly ResourceDefinition[] = [cronJobs, jobs];
