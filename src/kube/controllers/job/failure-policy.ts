import type { Shared } from '#kube/api';
import type { ContainerStatus, Pod } from '../common/mod.ts';
import type { Job, PodFailurePolicyRule } from './types.ts';

/** What a failed pod means for its job. */
export interface FailureVerdict {
  readonly action: 'Count' | 'FailIndex' | 'FailJob' | 'Ignore';
  /** Of `FailJob`: what is said of it. */
  readonly message?: string;
}

const COUNT: FailureVerdict = { action: 'Count' };

/** The first rule that fits decides; a pod that no rule fits counts. */
export function judgeFailure({ spec }: Shared<Job>, pod: Shared<Pod>): FailureVerdict {
  const rules = spec?.podFailurePolicy?.rules ?? [];
  for (let at = 0; at < rules.length; at++) {
    const rule = rules[at] as Shared<PodFailurePolicyRule>;
    const why = whyItFits(rule, pod);
    if (why === undefined) continue;
    if (rule.action === 'FailJob') return { action: 'FailJob', message: `${why} matching FailJob rule at index ${at}` };
    if (rule.action === 'Ignore' || rule.action === 'FailIndex') return { action: rule.action };
    return COUNT;
  }
  return COUNT;
}

function whyItFits(rule: Shared<PodFailurePolicyRule>, pod: Shared<Pod>): string | undefined {
  const name = `${pod.metadata.namespace}/${pod.metadata.name}`;
  if (rule.onExitCodes !== undefined) {
    const container = containersOf(pod).find((status) => exitCodeFits(rule.onExitCodes, status));
    const code = container?.state?.terminated?.exitCode;
    return container && `Container ${container.name} for pod ${name} failed with exit code ${code}`;
  }
  for (const { type, status = 'True' } of rule.onPodConditions ?? []) {
    if (pod.status?.conditions?.some((condition) => condition.type === type && condition.status === status) === true)
      return `Pod ${name} has condition ${type}`;
  }
  return undefined;
}

function containersOf({ status }: Shared<Pod>): Shared<ContainerStatus>[] {
  return [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
}

/** Exit code 0 fits no rule. */
function exitCodeFits(
  rule: Shared<PodFailurePolicyRule>['onExitCodes'],
  { name, state }: Shared<ContainerStatus>,
): boolean {
  const code = state?.terminated?.exitCode ?? 0;
  if (code === 0 || (rule?.containerName !== undefined && rule.containerName !== name)) return false;
  return rule?.values?.includes(code) === (rule?.operator !== 'NotIn');
}
