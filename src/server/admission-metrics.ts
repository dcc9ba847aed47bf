import type { AdmissionObserver } from '#kube/admission';
import type { MetricsRegistry } from '#kube/apiserver';

/** Upstream's buckets of webhooks, which may take long. */
const WEBHOOK_BOUNDS_S = [0.005, 0.025, 0.1, 0.5, 1, 2.5, 10, 25];
const POLICY_BOUNDS_S = [0.0000005, 0.001, 0.01, 0.1, 1];
const LABELS = ['name', 'type', 'operation'];

/** Counts what users' webhooks and policies do, under upstream's names. */
export function admissionMetrics(registry: MetricsRegistry): AdmissionObserver {
  const duration = registry.histogram(
    'apiserver_admission_webhook_admission_duration_seconds',
    'How long webhooks took, in seconds.',
    [...LABELS, 'rejected'],
    WEBHOOK_BOUNDS_S,
  );
  const requests = registry.counter('apiserver_admission_webhook_request_total', 'Webhooks that were asked.', [
    ...LABELS,
    'code',
    'rejected',
  ]);
  const rejections = registry.counter(
    'apiserver_admission_webhook_rejection_count',
    'Requests that ended with a webhook.',
    [...LABELS, 'error_type', 'rejection_code'],
  );
  const failedOpen = registry.counter(
    'apiserver_admission_webhook_fail_open_count',
    'Webhooks that could not be asked, and need not be.',
    ['name', 'type'],
  );
  const policyLabels = ['policy', 'policy_binding', 'error_type', 'enforcement_action'];
  const checks = registry.counter(
    'apiserver_validating_admission_policy_check_total',
    'Evaluations of policies.',
    policyLabels,
  );
  const checkDuration = registry.histogram(
    'apiserver_validating_admission_policy_check_duration_seconds',
    'How long evaluations of policies took, in seconds.',
    policyLabels,
    POLICY_BOUNDS_S,
  );
  return {
    webhook({ name, type, operation, seconds, outcome, code }) {
      const isRejected = outcome === 'denied' || outcome === 'failed';
      const labels = [name, type, operation];
      duration.observe([...labels, String(isRejected)], seconds);
      requests.add([...labels, String(code), String(isRejected)]);
      if (outcome === 'failedOpen') failedOpen.add([name, type]);
      // Upstream tells the code of refusals alone, not of calls that failed.
      if (outcome === 'denied') rejections.add([...labels, 'no_error', String(code)]);
      if (outcome === 'failed') rejections.add([...labels, 'calling_webhook_error', '0']);
    },
    policy({ policy, binding, seconds, actions }) {
      for (const action of actions) {
        const labels = [policy, binding, 'no_error', action];
        checks.add(labels);
        checkDuration.observe(labels, seconds);
      }
    },
  };
}
