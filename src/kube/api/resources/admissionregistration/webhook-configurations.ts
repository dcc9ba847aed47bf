import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { AGE_COLUMN, integerColumn } from '../columns.ts';
import { kindStrategy } from '../kind-strategy.ts';
import { served } from '../served.ts';
import { setWebhookDefaults, validateWebhooks, type WebhookConfiguration } from './webhooks.ts';

const GROUP = 'admissionregistration.k8s.io';

function configurations(kind: string, mutating: boolean): ResourceDefinition {
  const singular = kind.toLowerCase();
  return {
    group: GROUP,
    plural: `${singular}s`,
    singular,
    kind,
    categories: ['api-extensions'],
    namespaced: false,
    verbs: ALL_VERBS,
    versions: [
      served(
        { group: GROUP, version: 'v1', kind },
        {
          columns: [
            integerColumn('Webhooks', 'How many there are.', (object: KubeObject) =>
              Array.isArray(object.webhooks) ? object.webhooks.length : 0,
            ),
            AGE_COLUMN,
          ],
        },
      ),
    ],
    storageVersion: 'v1',
    strategy: kindStrategy<WebhookConfiguration>(
      {
        setDefaults: (configuration) => setWebhookDefaults(configuration, mutating),
        validate: validateWebhooks,
      },
      { hasGeneration: true, allowUnconditionalUpdate: false },
    ),
  };
}

/** Whom to ask to change objects on their way in. */
export const mutatingWebhookConfigurations = configurations('MutatingWebhookConfiguration', true);

/** Whom to ask whether objects may come in. */
export const validatingWebhookConfigurations = configurations('ValidatingWebhookConfiguration', false);
