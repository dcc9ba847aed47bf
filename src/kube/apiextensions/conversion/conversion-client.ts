import type { ServiceReference, WebhookClientConfig } from '../types.ts';

/** Calls webhooks: the port through which conversion leaves this room. */
export interface ConversionClient {
  /** POSTs a JSON document and answers the JSON that comes back. Throws an Error that says what went wrong, and where. */
  post(config: WebhookClientConfig, body: string, timeoutMs: number): Promise<unknown>;
}

/** Where a service of the cluster can be reached. Throws an Error when it cannot. */
export type ResolveService = (service: ServiceReference) => Promise<{ readonly host: string; readonly port: number }>;
