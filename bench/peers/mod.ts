/** The engines that can be measured, by name. */
import { dockerPlan } from './docker.ts';
import { hakoPlan } from './hako.ts';
import type { PeerPlan } from './peer.ts';
import { podmanPlan } from './podman.ts';

export { Peer } from './peer.ts';

/** Makes the plan of an engine whose state goes to `folder`; undefined where the engine is not installed. */
export const peerPlans: Readonly<Record<string, (folder: string) => PeerPlan | undefined>> = {
  hako: hakoPlan,
  docker: dockerPlan,
  podman: podmanPlan,
};
