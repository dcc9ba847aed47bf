import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { v1 } from './version.ts';

/** Identities of what runs in pods. Tokens for them are posted for (TokenRequest). */
export const serviceAccounts: ResourceDefinition = {
  group: '',
  plural: 'serviceaccounts',
  singular: 'serviceaccount',
  kind: 'ServiceAccount',
  shortNames: ['sa'],
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('ServiceAccount', {
    columns: [
      textColumn('Secrets', 'Number of secrets that pods of this account may use.', ({ secrets }) =>
        Array.isArray(secrets) ? secrets.length : 0,
      ),
      AGE_COLUMN,
    ],
  }),
  storageVersion: 'v1',
  subresources: {
    token: { verbs: ['create'], body: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' } },
  },
  strategy: { hasGeneration: false },
};
