import type { KubeObject } from '../../object.ts';

/** `FlowSchema`. */
export interface FlowSchema extends KubeObject {
  spec: FlowSchemaSpec;
  status?: { conditions?: FlowCondition[] };
}

/** `FlowSchemaCondition`, `PriorityLevelConfigurationCondition`. */
export interface FlowCondition {
  type?: string;
  status?: string;
  reason?: string;
  message?: string;
}

/** `FlowSchemaSpec`. */
export interface FlowSchemaSpec {
  priorityLevelConfiguration?: { name?: string };
  matchingPrecedence?: number;
  distinguisherMethod?: { type?: string };
  rules?: PolicyRulesWithSubjects[];
}

/** `PolicyRulesWithSubjects`. */
export interface PolicyRulesWithSubjects {
  subjects?: FlowSubject[];
  resourceRules?: ResourcePolicyRule[];
  nonResourceRules?: { verbs?: string[]; nonResourceURLs?: string[] }[];
}

/** `Subject`. */
export interface FlowSubject {
  kind?: string;
  user?: { name?: string };
  group?: { name?: string };
  serviceAccount?: { namespace?: string; name?: string };
}

/** `ResourcePolicyRule`. */
export interface ResourcePolicyRule {
  verbs?: string[];
  apiGroups?: string[];
  resources?: string[];
  clusterScope?: boolean;
  namespaces?: string[];
}

/** `PriorityLevelConfiguration`. */
export interface PriorityLevelConfiguration extends KubeObject {
  spec: PriorityLevelConfigurationSpec;
  status?: { conditions?: FlowCondition[] };
}

/** `PriorityLevelConfigurationSpec`. */
export interface PriorityLevelConfigurationSpec {
  type?: string;
  limited?: {
    nominalConcurrencyShares?: number;
    lendablePercent?: number;
    borrowingLimitPercent?: number;
    limitResponse?: { type?: string; queuing?: QueuingConfiguration };
  };
  exempt?: { nominalConcurrencyShares?: number; lendablePercent?: number };
}

/** `QueuingConfiguration`. */
export interface QueuingConfiguration {
  queues?: number;
  handSize?: number;
  queueLengthLimit?: number;
}
