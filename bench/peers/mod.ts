/** The engines that can be measured, by name. */
import { dockerPlan } from './docker.ts';
import { hakoPlan } from './hako.ts';
import type { PeerFolders, PeerPlan } from './peer.ts';
import { podmanPlan } from './podman.ts';

export { Peer, type PeerFolders } from './peer.ts';

/** Makes the plan of an engine whose state goes to these folders; undefined where the engine is not installed. */
export const peerPlans: Readonly<Record<string, (folders: PeerFolders) => PeerPlan | undefined>> = {
  hako: hakoPlan,
  docker: dockerPlan,
  podman: podmanPlan,
};
