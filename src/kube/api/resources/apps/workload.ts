import type { KubeObject } from '../../object.ts';
import { type LabelSelector, matchesLabels } from '../../selector/mod.ts';
import { type FieldErrors, type Path, SPEC, validateImmutable, validateLabelSelector } from '../../values/mod.ts';
import { type PodTemplateSpec, validatePodTemplate } from '../core/pod-spec/mod.ts';
import { soundMatcher } from '../sound-matcher.ts';
import { warnOfHostName, warnOfTemplate } from '../template-warnings.ts';

/** What the specs of all workloads have: which pods are theirs, and how to make them. */
export interface WorkloadSpec {
  selector?: LabelSelector;
  template?: PodTemplateSpec;
  minReadySeconds?: number;
  revisionHistoryLimit?: number;
}

const SELECTOR = SPEC.child('selector');
const TEMPLATE = SPEC.child('template');

/** Complaints about a selector: it must be there and name something. `kind` is the word of upstream's message. */
export function validateWorkloadSelector(selector: LabelSelector | undefined, kind: string, errors: FieldErrors): void {
  if (selector === undefined) {
    errors.required(SELECTOR);
    return;
  }
  validateLabelSelector(selector, SELECTOR, errors);
  if (isEmptySelector(selector)) errors.invalid(SELECTOR, selector, `empty selector is ${kind}`);
}

function isEmptySelector({ matchLabels = {}, matchExpressions = [] }: LabelSelector): boolean {
  return Object.keys(matchLabels).length + matchExpressions.length === 0;
}

/** Pods made from the template must be those that the selector finds. Complains where they are not. */
export function validateTemplateLabels(
  selector: LabelSelector | undefined,
  template: PodTemplateSpec,
  path: Path,
  errors: FieldErrors,
): void {
  const matcher = soundMatcher(selector);
  const labels = template.metadata?.labels ?? {};
  if (matcher === undefined || matchesLabels(matcher, labels)) return;
  errors.invalid(path.child('metadata').child('labels'), labels, '`selector` does not match template `labels`');
}

/** The template of pods that are to run for ever: `kind` is the name of the workload in upstream's message. */
export function validateWorkloadTemplate(
  { selector, template }: WorkloadSpec,
  kind: string,
  errors: FieldErrors,
  checked: PodTemplateSpec | undefined = template,
): void {
  if (template === undefined) {
    errors.required(TEMPLATE);
    return;
  }
  validateTemplateLabels(selector, template, TEMPLATE, errors);
  validatePodTemplate(checked, TEMPLATE, errors);
  const { restartPolicy = '', activeDeadlineSeconds } = template.spec ?? {};
  const path = TEMPLATE.child('spec');
  if (restartPolicy !== 'Always') errors.notSupported(path.child('restartPolicy'), restartPolicy, ['Always']);
  if (activeDeadlineSeconds !== undefined)
    errors.forbidden(path.child('activeDeadlineSeconds'), `activeDeadlineSeconds in ${kind} is not Supported`);
}

/** Warns of a name that is no good for pods, and of what is odd in their template. */
export function warnOfWorkload(
  object: KubeObject & { spec: WorkloadSpec },
  old: { spec: WorkloadSpec } | undefined,
  warn: (message: string) => void,
): void {
  if (old === undefined) warnOfHostName(object, warn);
  warnOfTemplate(object.spec.template, old?.spec.template, TEMPLATE, warn);
}

/** A workload never changes which pods are its own. */
export function validateSelectorUnchanged(
  { spec }: { spec: WorkloadSpec },
  old: { spec: WorkloadSpec },
  errors: FieldErrors,
): void {
  validateImmutable(spec.selector, old.spec.selector, SELECTOR, errors);
}
