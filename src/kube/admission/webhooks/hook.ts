import { type KubeObject, type LabelMatcher, type LabelSelector, labelMatcher, type Shared } from '#kube/api';
import type { Webhook, WebhookConfiguration } from '#kube/api/resources';

/** One webhook of a configuration, ready to be matched. */
export interface Hook {
  readonly configuration: string;
  /** Names it among all of its kind, also where several configurations use one name. */
  readonly key: string;
  readonly name: string;
  readonly webhook: Shared<Webhook>;
  readonly namespaces: LabelMatcher | undefined;
  readonly objects: LabelMatcher | undefined;
}

/** The webhooks of a configuration. */
export function hooksOf(object: Shared<KubeObject>): Hook[] {
  const { metadata, webhooks = [] } = object as Shared<WebhookConfiguration>;
  const seen = new Map<string, number>();
  return webhooks.map((webhook) => {
    const { name = '' } = webhook;
    const nth = seen.get(name) ?? 0;
    seen.set(name, nth + 1);
    return {
      configuration: metadata.name ?? '',
      key: `${metadata.name}/${name}/${nth}`,
      name,
      webhook,
      namespaces: labelMatcher(webhook.namespaceSelector as LabelSelector | undefined),
      objects: labelMatcher(webhook.objectSelector as LabelSelector | undefined),
    };
  });
}
