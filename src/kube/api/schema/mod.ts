/**
 * The schemas of the built-in kinds: types out of the generated artefact (`npm run generate`), what the artefact
 * cannot know out of facts/. Nothing is read before the first kind is asked for.
 */
export { definition, definitionNameOfKind, definitionNames, resolveSchema, schemaOfKind } from './definition.ts';
export { type Descriptions, readDescriptions } from './descriptions.ts';
