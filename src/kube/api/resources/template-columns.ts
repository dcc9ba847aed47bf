import type { KubeObject } from '../object.ts';
import type { Column } from '../resource.ts';
import { formatLabelMatcher, type LabelSelector } from '../selector/mod.ts';
import { textColumn } from './columns.ts';
import { containerImages, containerNames } from './core/pod-spec/columns.ts';
import type { PodTemplateSpec } from './core/pod-spec/mod.ts';
import { soundMatcher } from './sound-matcher.ts';

/** `a=b,c in (d,e)`, or `<none>` for a selector that names nothing. */
export function selectorText(selector: LabelSelector | undefined): string {
  if (selector === undefined) return '<none>';
  const matcher = soundMatcher(selector);
  return matcher === undefined ? '<error>' : formatLabelMatcher(matcher) || '<none>';
}

/** What is read of a spec that has a template of pods. */
interface TemplateSpec {
  readonly template?: PodTemplateSpec;
  readonly selector?: LabelSelector;
}

type SpecOf = (object: KubeObject) => TemplateSpec | undefined;

/** The columns of containers that kinds with a template of pods show with `-o wide`. */
export function containerColumns(specOf: SpecOf): Column[] {
  return [
    textColumn('Containers', 'Names of the containers.', (object) => containerNames(specOf(object)?.template), 1),
    textColumn('Images', 'Images of the containers.', (object) => containerImages(specOf(object)?.template), 1),
  ];
}

/** The same, and which pods are the object's. */
export function templateColumns(specOf: SpecOf): Column[] {
  const text = (object: KubeObject) => selectorText(specOf(object)?.selector);
  return [...containerColumns(specOf), textColumn('Selector', 'Which pods are its.', text, 1)];
}
