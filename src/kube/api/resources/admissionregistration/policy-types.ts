import type { KubeObject } from '../../object.ts';
import type { LabelSelector } from '../../selector/mod.ts';
import type { Condition } from '../../values/mod.ts';
import type { MatchCondition } from './match-conditions.ts';
import type { AdmissionRule } from './rules.ts';

/** `ValidatingAdmissionPolicy` and `MutatingAdmissionPolicy`. */
export interface AdmissionPolicy extends KubeObject {
  spec: PolicySpec;
  status?: {
    observedGeneration?: number;
    typeChecking?: { expressionWarnings?: { fieldRef: string; warning: string }[] };
    conditions?: Condition[];
  };
}

/** The specs of both kinds of policies. */
export interface PolicySpec {
  paramKind?: { apiVersion?: string; kind?: string };
  matchConstraints?: MatchResources;
  failurePolicy?: string;
  matchConditions?: MatchCondition[];
  variables?: { name?: string; expression?: string }[];
  validations?: Validation[];
  auditAnnotations?: { key?: string; valueExpression?: string }[];
  mutations?: Mutation[];
  reinvocationPolicy?: string;
}

/** `Validation`. */
export interface Validation {
  expression?: string;
  message?: string;
  reason?: string;
  messageExpression?: string;
}

/** `Mutation`. */
export interface Mutation {
  patchType?: string;
  applyConfiguration?: { expression?: string };
  jsonPatch?: { expression?: string };
}

/** `MatchResources`. */
export interface MatchResources {
  namespaceSelector?: LabelSelector;
  objectSelector?: LabelSelector;
  resourceRules?: AdmissionRule[];
  excludeResourceRules?: AdmissionRule[];
  matchPolicy?: string;
}

/** `ValidatingAdmissionPolicyBinding` and `MutatingAdmissionPolicyBinding`. */
export interface PolicyBinding extends KubeObject {
  spec: {
    policyName?: string;
    paramRef?: { name?: string; namespace?: string; selector?: LabelSelector; parameterNotFoundAction?: string };
    matchResources?: MatchResources;
    validationActions?: string[];
  };
}
