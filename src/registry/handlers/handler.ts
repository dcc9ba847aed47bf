import type { Authorizer } from '../auth/authorizer.ts';
import type { Action } from '../auth/rules.ts';
import type { RegistryStorage } from '../contract.ts';
import type { Exchange } from '../http/exchange.ts';
import type { Metrics } from '../observe/metrics.ts';

/** What handlers work with. */
export interface RegistryParts {
  storage: RegistryStorage;
  authorizer: Authorizer | undefined;
  metrics: Metrics;
  readOnly: boolean;
  /** The repository that a client means; a mirror's clients say in `ns` whose it is. */
  canonicalName: (repository: string, namespace: string | null) => string;
}

/** One endpoint: what it does, and the right that it takes (none: only to be let in). */
export interface Endpoint {
  action?: Action;
  /** Also for those who may not come in. */
  open?: boolean;
  handle(parts: RegistryParts, exchange: Exchange): Promise<void> | void;
}
