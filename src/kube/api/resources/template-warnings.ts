import type { KubeObject } from '../object.ts';
import { dnsLabelErrors, METADATA, type Path, semanticEqual } from '../values/mod.ts';
import { type PodTemplateSpec, warnOfPodAnnotations, warnOfPodSpec } from './core/pod-spec/mod.ts';

type Warn = (message: string) => void;

const NAME = METADATA.child('name');

/** Warns of a name that pods are called after, where it makes no good host name. */
export function warnOfHostName({ metadata }: KubeObject, warn: Warn): void {
  const problems = dnsLabelErrors(metadata.name ?? '');
  if (problems.length === 0) return;
  const what = 'this is used in Pod names and hostnames, which can result in surprising behavior';
  warn(`${NAME}: ${what}; a DNS label is recommended: [${problems.join(' ')}]`);
}

/** Warns of a template of pods that is new or changed. */
export function warnOfTemplate(
  template: PodTemplateSpec | undefined,
  old: PodTemplateSpec | undefined,
  path: Path,
  warn: Warn,
): void {
  if (template?.spec === undefined || semanticEqual(template, old)) return;
  const { annotations } = template.metadata ?? {};
  warnOfPodSpec(template.spec, path.child('spec'), warn);
  warnOfPodAnnotations(annotations, template.spec, path.child('metadata').child('annotations'), warn, true);
}
