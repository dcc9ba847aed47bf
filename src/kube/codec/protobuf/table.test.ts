import assert from 'node:assert/strict';
import { it } from 'node:test';
import { definition, definitionNames } from '#kube/api/schema';
import { messageNamed, messageOfKind } from './table.ts';

/** Messages whose JSON is not their fields, or that have none. */
const UNLIKE = /\.(IntOrString|JSON|JSONSchemaPropsOr\w+|MicroTime|Patch|Quantity|RawExtension|Time|FieldsV1)$/;
/** Facts of discovery and the version, which travel as JSON. */
const JSON_ONLY = /version\.Info$|\.ShardInfo$/;

it('every field of every definition has a number in the table', () => {
  const missing = definitionNames()
    .filter((name) => !UNLIKE.test(name) && !JSON_ONLY.test(name))
    .flatMap((name) => missingFields(name));
  assert.deepEqual(missing, []);
});

function missingFields(name: string): string[] {
  const known = new Set(namesOf(name));
  const typed = new Set(['apiVersion', 'kind']);
  const isKind = definition(name)['x-kubernetes-group-version-kind'] !== undefined;
  return Object.keys(definition(name).properties ?? {})
    .filter((field) => !known.has(field) && !(isKind && typed.has(field)))
    .map((field) => `${name}.${field}`);
}

/** The fields of a message in JSON: those of inline messages are its own. */
function namesOf(name: string): string[] {
  return messageNamed(name).descending.flatMap((field) =>
    field.isInline && typeof field.type === 'object' ? namesOf(field.type.message) : [field.name],
  );
}

it('every message that a field refers to is in the table', () => {
  for (const name of definitionNames().filter((each) => !JSON_ONLY.test(each) && !/\.Patch$/.test(each))) {
    for (const { type } of messageNamed(name).descending) if (typeof type === 'object') messageNamed(type.message);
  }
});

it('messageOfKind knows no kinds of other groups', () => {
  assert.equal(messageOfKind('apps/v1', 'Deployment'), 'io.k8s.api.apps.v1.Deployment');
  assert.equal(messageOfKind('v1', 'Deployment'), undefined);
  assert.equal(messageOfKind('apps/v1beta1', 'Deployment'), undefined);
  assert.equal(messageOfKind('constructor', '__proto__'), undefined);
});
