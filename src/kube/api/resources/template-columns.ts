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

/** The columns that kinds with a template of pods show with `-o wide`. */
export function templateColumns(
  templateOf: (object: KubeObject) => PodTemplateSpec | undefined,
  selectorOf?: (object: KubeObject) => LabelSelector | undefined,
): Column[] {
  const columns = [
    textColumn('Containers', 'Names of the containers.', (object) => containerNames(templateOf(object)), 1),
    textColumn('Images', 'Images of the containers.', (object) => containerImages(templateOf(object)), 1),
  ];
  if (selectorOf === undefined) return columns;
  return [...columns, textColumn('Selector', 'Which pods are its.', (object) => selectorText(selectorOf(object)), 1)];
}
