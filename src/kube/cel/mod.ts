/** CEL as Kubernetes has it: expressions of users, with types, within a budget. */
export { type LinearRegex, linearRegex } from './regex/linear-regex.ts';
