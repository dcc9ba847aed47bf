/**
 * dependency-cruiser needs TypeScript's compiler API, which TypeScript 7 does not have any more. Loaded with `--import`, this
 * gives it the last one that has it, which is installed under another name: the rest of us checks with TypeScript 7.
 */
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (specifier, context, next) => next(specifier.replace(/^typescript(?=$|\/)/, 'typescript-5'), context),
});
