import { type NetworkOptions, openContext } from './context.ts';
import type { Networks } from './contract.ts';
import { NetworkService } from './service.ts';

/**
 * Opens the networks of an instance. Nothing is changed on the host until `recover`, `create` or the first container.
 * Disposing leaves what running containers need in place.
 */
export async function openNetworks(options: NetworkOptions): Promise<Networks & AsyncDisposable> {
  return new NetworkService(openContext(options));
}
