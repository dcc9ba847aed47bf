import type { Shared } from '#kube/api';
import { StatusError, type StatusReason } from '#kube/api';
import type { Validation } from '#kube/api/resources';
import type { PolicyRun } from '../cel/policy-program.ts';
import { messageOf, refuse } from '../common/refuse.ts';
import type { AdmissionAttributes, AdmissionPlugin } from '../contract.ts';
import type { AdmissionObserver, PolicyCheck } from '../observer.ts';
import { type Applicable, isBeyondPolicies, Policies, type PolicyOptions } from './evaluation.ts';

const PREFIX = 'validation.policy.admission.k8s.io/';
const CODES: Readonly<Record<string, number>> = { Forbidden: 403, Unauthorized: 401, RequestEntityTooLarge: 413 };
const MAX_MESSAGE = 5 * 1024;

/** One validation that does not hold, or could not be evaluated. */
interface Failure extends Applicable {
  readonly message: string;
  readonly reason: StatusReason;
  /** Which validation; undefined: the policy as a whole. */
  readonly index: number | undefined;
}

/** ValidatingAdmissionPolicy: rules in CEL that every write has to keep. */
export function validatingPolicies(
  options: PolicyOptions & { readonly observer?: AdmissionObserver },
): AdmissionPlugin {
  const policies = new Policies('validating', options);
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (attributes) => !policies.isEmpty && !isBeyondPolicies(attributes),
    async validate(attributes) {
      const failures: Failure[] = [];
      const notes = new Map<string, string[]>();
      for await (const one of policies.applicable(attributes)) {
        const startMs = performance.now();
        const found = await evaluate(one, policies, attributes, notes);
        failures.push(...found);
        options.observer?.policy(checkOf(one, found.length > 0, (performance.now() - startMs) / 1000));
      }
      for (const [key, values] of notes) attributes.annotate(key, values.join(', '));
      act(attributes, failures);
    },
  };
}

function checkOf({ policy, binding }: Applicable, hasFailed: boolean, seconds: number): PolicyCheck {
  const actions = hasFailed ? (binding.spec.validationActions ?? []).map((one) => one.toLowerCase()) : ['allow'];
  return { policy: policy.name, binding: binding.name, seconds, actions };
}

async function evaluate(
  one: Applicable,
  policies: Policies,
  attributes: AdmissionAttributes,
  notes: Map<string, string[]>,
): Promise<Failure[]> {
  const { policy } = one;
  const fail = (message: string, index: number | undefined, reason: StatusReason = 'Invalid'): Failure => ({
    ...one,
    message,
    reason,
    index,
  });
  const failures: Failure[] = [];
  const attempt = (index: number | undefined, what: () => Failure | undefined) => {
    try {
      const failure = what();
      if (failure !== undefined) failures.push(failure);
    } catch (error) {
      if (policy.spec.failurePolicy !== 'Ignore') failures.push(fail(messageOf(error), index));
    }
  };
  let runs: PolicyRun[] = [];
  try {
    runs = await policies.runs(one, attributes);
  } catch (error) {
    if (policy.spec.failurePolicy !== 'Ignore') failures.push(fail(messageOf(error), undefined));
  }
  for (const run of runs) {
    policy.spec.validations?.forEach((validation, index) => {
      attempt(index, () => {
        if (run.evaluate(validation.expression ?? '') === true) return undefined;
        return fail(messageFor(validation, run), index, (validation.reason ?? 'Invalid') as StatusReason);
      });
    });
    for (const { key = '', valueExpression = '' } of policy.spec.auditAnnotations ?? []) {
      attempt(undefined, () => void note(notes, `${policy.name}/${key}`, run.evaluate(valueExpression)));
    }
  }
  return failures;
}

function messageFor({ expression = '', message, messageExpression }: Shared<Validation>, run: PolicyRun): string {
  const fallback = message?.trim() || `failed expression: ${expression.trim()}`;
  if (messageExpression === undefined || messageExpression === '') return fallback;
  try {
    const made = run.evaluate(messageExpression);
    const text = typeof made === 'string' ? made.trim() : '';
    return text === '' || text.includes('\n') || text.length > MAX_MESSAGE ? fallback : text;
  } catch {
    // A message that cannot be made is no reason to say nothing: the validation has failed all the same.
    return fallback;
  }
}

function note(notes: Map<string, string[]>, key: string, value: unknown): void {
  if (typeof value !== 'string' || value.trim() === '') return;
  const values = notes.get(key) ?? [];
  if (!values.includes(value)) notes.set(key, [...values, value]);
}

/** Does with each failure what its binding says; the first that denies is the answer. */
function act(attributes: AdmissionAttributes, failures: readonly Failure[]): void {
  const wants = ({ binding }: Failure, action: string) => binding.spec.validationActions?.includes(action) === true;
  const audited = failures.filter((failure) => wants(failure, 'Audit'));
  if (audited.length > 0) attributes.annotate(`${PREFIX}validation_failure`, JSON.stringify(audited.map(auditNote)));
  for (const failure of failures) {
    if (!wants(failure, 'Warn')) continue;
    attributes.warn(`Validation failed for ${sourceOf(failure)}: ${failure.message}`);
  }
  const denied = failures.find((failure) => wants(failure, 'Deny'));
  if (denied !== undefined) throw denial(attributes, denied);
}

function sourceOf({ policy, binding }: Failure): string {
  return `ValidatingAdmissionPolicy '${policy.name}' with binding '${binding.name}'`;
}

function auditNote({ message, policy, binding, index }: Failure) {
  return {
    message,
    policy: policy.name,
    binding: binding.name,
    expressionIndex: index ?? 0,
    validationActions: binding.spec.validationActions ?? [],
  };
}

function denial(attributes: AdmissionAttributes, failure: Failure): StatusError {
  const said = `${sourceOf(failure)} denied request: ${failure.message}`;
  const { message, details } = refuse(attributes, said);
  const causes = [{ reason: '', message: said }];
  return new StatusError(CODES[failure.reason] ?? 422, failure.reason, message, { ...details, causes });
}
