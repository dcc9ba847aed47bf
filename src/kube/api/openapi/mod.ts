/** OpenAPI documents, made of the rows of resources when they are asked for. */
export { answersDeletedObject } from './deleted.ts';

export { type OpenapiV2, type OperationV2, openapiV2, type ParameterV2, type PathItemV2 } from './document-v2.ts';
export { openapiV3Document } from './document-v3.ts';
export { type DocumentV3, hashOf, openapiV3Documents, openapiV3Index } from './index-v3.ts';
export type { SchemaV2 } from './schema-v2.ts';
