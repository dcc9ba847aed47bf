/** Pure checks of what a container is asked to be, with docker's words. No I/O but the host's CPU count. */
export { validateContainer, validateUpdate } from './container.ts';
export { parseSignal } from './signal.ts';
