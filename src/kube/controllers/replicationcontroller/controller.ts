import type { Shared } from '#kube/api';
import { matcherOf, type OwnerKind, REPLICATION_CONTROLLERS } from '../common/mod.ts';
import type { Controller } from '../contract.ts';
import { type ReplicaSet, startReplicas } from '../replicaset/mod.ts';

/** How ReplicationControllers own pods: like ReplicaSets, by a selector that is a plain map. */
const REPLICATION_CONTROLLER: OwnerKind<ReplicaSet> = {
  resource: REPLICATION_CONTROLLERS,
  kind: 'ReplicationController',
  selector: ({ spec }) => {
    const matchLabels = spec?.selector as Shared<Record<string, string>> | undefined;
    return matchLabels === undefined ? undefined : matcherOf({ matchLabels });
  },
};

/** Keeps each ReplicationController at its number of pods. */
export const replicationController: Controller = {
  name: 'replication-controller',
  start: (context) => startReplicas(context, REPLICATION_CONTROLLER, 'replication-controller'),
};
