/** The processes of a container as ps(1) shows them. */
export * from './list-processes.ts';
