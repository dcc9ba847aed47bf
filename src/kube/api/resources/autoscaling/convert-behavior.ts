import type { HorizontalPodAutoscalerSpec, HPAScalingRules } from './types.ts';

type Behavior = NonNullable<HorizontalPodAutoscalerSpec['behavior']>;

/** The annotation has the names of Go's fields, for upstream writes a type there that has no others. */
interface GoRules {
  StabilizationWindowSeconds?: number | null;
  SelectPolicy?: string | null;
  Policies?: { Type?: string; Value?: number; PeriodSeconds?: number }[] | null;
  Tolerance?: string | null;
}

/** The behavior as `autoscaling.alpha.kubernetes.io/behavior` has it. */
export function behaviorToAnnotation({ scaleUp, scaleDown }: Behavior): object {
  return { ScaleUp: rulesToGo(scaleUp), ScaleDown: rulesToGo(scaleDown) };
}

function rulesToGo(rules: HPAScalingRules | undefined): GoRules | null {
  if (rules === undefined) return null;
  const { stabilizationWindowSeconds = null, selectPolicy = null, policies, tolerance = null } = rules;
  return {
    StabilizationWindowSeconds: stabilizationWindowSeconds,
    SelectPolicy: selectPolicy,
    Policies:
      policies?.map(({ type = '', value = 0, periodSeconds = 0 }) => ({
        Type: type,
        Value: value,
        PeriodSeconds: periodSeconds,
      })) ?? null,
    Tolerance: tolerance,
  };
}

/** The behavior out of the annotation's value. */
export function behaviorFromAnnotation(value: { ScaleUp?: GoRules | null; ScaleDown?: GoRules | null }): Behavior {
  const behavior: Behavior = {};
  if (value.ScaleUp) behavior.scaleUp = rulesFromGo(value.ScaleUp);
  if (value.ScaleDown) behavior.scaleDown = rulesFromGo(value.ScaleDown);
  return behavior;
}

function rulesFromGo(rules: GoRules): HPAScalingRules {
  const { StabilizationWindowSeconds: windowSeconds, SelectPolicy, Policies, Tolerance } = rules;
  return {
    ...(windowSeconds == null ? {} : { stabilizationWindowSeconds: windowSeconds }),
    ...(SelectPolicy == null ? {} : { selectPolicy: SelectPolicy }),
    ...(Policies == null ? {} : { policies: Policies.map(policyFromGo) }),
    ...(Tolerance == null ? {} : { tolerance: Tolerance }),
  };
}

function policyFromGo({ Type = '', Value = 0, PeriodSeconds = 0 }: NonNullable<GoRules['Policies']>[number]) {
  return { type: Type, value: Value, periodSeconds: PeriodSeconds };
}
