/** Pure checks of what a container is asked to be, with docker's words. They look at nothing but the host's CPU count and a named seccomp profile. */
export { validateContainer, validateUpdate } from './container.ts';
export { parseSignal } from './signal.ts';
