import assert from 'node:assert/strict';
import { it } from 'node:test';
import { definition, definitionNames, readDescriptions } from './mod.ts';

const words = readDescriptions();

it('readDescriptions tells what types and fields are for', () => {
  assert.match(words.of('io.k8s.api.core.v1.Pod') ?? '', /^Pod is a collection of containers/);
  assert.match(words.of('io.k8s.api.core.v1.PodSpec', 'nodeName') ?? '', /^NodeName/i);
  assert.match(words.of('io.k8s.apimachinery.pkg.api.resource.Quantity') ?? '', /suffix/);
});

it('readDescriptions explains a field without words by its type', () => {
  assert.equal(words.of('io.k8s.api.core.v1.PodSpec', 'affinity'), words.of('io.k8s.api.core.v1.Affinity'));
  assert.ok(words.of('io.k8s.api.core.v1.Pod', 'spec'));
});

it('readDescriptions has words for nearly every field, and none for what is not there', () => {
  const silent = definitionNames().flatMap((name) =>
    Object.keys(definition(name).properties ?? {})
      .filter((field) => words.of(name, field) === undefined)
      .map((field) => `${name}.${field}`),
  );
  // Upstream too is silent about most of JSONSchemaProps and the version.
  assert.ok(silent.length < 50, silent.join(' '));
  for (const name of ['constructor', '__proto__', 'nothing'])
    assert.equal(words.of('io.k8s.api.core.v1.Pod', name), undefined);
});
