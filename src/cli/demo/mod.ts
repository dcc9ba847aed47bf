/** `hako demo`: the guestbook of examples/ from an empty machine to a daemon that is killed, with every step timed. */
export { runDemo } from './demo.ts';
export { removeDemo } from './down.ts';
