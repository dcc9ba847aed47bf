/** Health checks of a container: Docker's state machine and what drives it. */
export * from './monitor.ts';
