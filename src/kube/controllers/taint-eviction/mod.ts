export { taintEviction } from './taint-eviction.ts';
