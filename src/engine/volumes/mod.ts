/** Named folders that outlive containers: the local volume driver. */
export * from './volumes.ts';
