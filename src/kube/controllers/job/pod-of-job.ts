import type { Shared } from '#kube/api';
import { type Container, type OwnerKind, type Pod, podFromTemplate } from '../common/mod.ts';
import { COMPLETION_INDEX, FAILURE_COUNT, TRACKING } from './job-pods.ts';
import type { NewPod } from './manage.ts';
import type { Job } from './types.ts';

const INDEX_VARIABLE = 'JOB_COMPLETION_INDEX';

/** A pod of the job, held until it is counted; one of an Indexed job knows its number. */
export function podOfJob(job: Shared<Job>, kind: OwnerKind<Job>, { index, failures }: NewPod): Pod {
  const pod = podFromTemplate(job, kind, job.spec?.template ?? {});
  pod.metadata.finalizers = [...(pod.metadata.finalizers ?? []), TRACKING];
  if (index === undefined) return pod;
  const text = String(index);
  const base = `${job.metadata.name}-${index}`;
  pod.metadata.generateName = `${base}-`;
  pod.metadata.annotations = {
    ...pod.metadata.annotations,
    [COMPLETION_INDEX]: text,
    ...(failures === undefined ? {} : { [FAILURE_COUNT]: String(failures) }),
  };
  pod.metadata.labels = { ...pod.metadata.labels, [COMPLETION_INDEX]: text };
  const spec = pod.spec ?? {};
  spec.hostname = base.slice(0, 63);
  for (const container of [...(spec.initContainers ?? []), ...(spec.containers ?? [])]) addIndexVariable(container);
  return pod;
}

/** What the user set stays. */
function addIndexVariable(container: Container): void {
  if (container.env?.some(({ name }) => name === INDEX_VARIABLE) === true) return;
  const fieldPath = `metadata.labels['${COMPLETION_INDEX}']`;
  container.env = [...(container.env ?? []), { name: INDEX_VARIABLE, valueFrom: { fieldRef: { fieldPath } } }];
}
