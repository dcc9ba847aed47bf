import type { AuthorizationAttributes, AuthorizationDecision, Authorizer, SubjectRules } from '../contract.ts';

/** Asks one after the other: the first that allows or denies decides. Stays synchronous as long as those asked are. */
export function unionAuthorizer(authorizers: readonly Authorizer[]): Authorizer {
  return {
    authorize: (attributes) => ask(authorizers, attributes, 0, []),
    rulesFor: (user, namespace) => collect(authorizers, (one) => one.rulesFor?.(user, namespace)),
  };
}

function ask(
  authorizers: readonly Authorizer[],
  attributes: AuthorizationAttributes,
  start: number,
  reasons: string[],
): AuthorizationDecision | Promise<AuthorizationDecision> {
  for (let at = start; at < authorizers.length; at++) {
    const found = (authorizers[at] as Authorizer).authorize(attributes);
    if (found instanceof Promise) {
      const next = at + 1;
      return found.then((decision) =>
        decision.decision === 'noOpinion' ? ask(authorizers, attributes, next, note(reasons, decision)) : decision,
      );
    }
    if (found.decision !== 'noOpinion') return found;
    note(reasons, found);
  }
  return { decision: 'noOpinion', reason: reasons.join('\n') };
}

function note(reasons: string[], { reason }: AuthorizationDecision): string[] {
  if (reason !== '') reasons.push(reason);
  return reasons;
}

async function collect(
  authorizers: readonly Authorizer[],
  rulesOf: (authorizer: Authorizer) => Promise<SubjectRules> | undefined,
): Promise<SubjectRules> {
  const all = await Promise.all(authorizers.map(async (one) => (await rulesOf(one)) ?? UNKNOWN));
  const errors = all.flatMap(({ evaluationError }) => evaluationError ?? []);
  return {
    resourceRules: all.flatMap(({ resourceRules }) => resourceRules),
    nonResourceRules: all.flatMap(({ nonResourceRules }) => nonResourceRules),
    incomplete: all.some(({ incomplete }) => incomplete),
    ...(errors.length === 0 ? {} : { evaluationError: errors.join(', ') }),
  };
}

/** What an authorizer that cannot list its rules adds to a list. */
const UNKNOWN: SubjectRules = { resourceRules: [], nonResourceRules: [], incomplete: true };
