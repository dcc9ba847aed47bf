import { clusterControllers } from './cluster-controllers.ts';
import type { Controller } from './contract.ts';
import { cronJobController } from './cronjob/controller.ts';
import { daemonSetController } from './daemonset/mod.ts';
import { deploymentController } from './deployment/mod.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointsController } from './endpoints/mod.ts';
import { endpointSliceController } from './endpointslice/mod.ts';
import { endpointSliceMirroringController } from './endpointslicemirroring/controller.ts';
import { jobController } from './job/mod.ts';
import { autoscalerController } from './podautoscaler/controller.ts';
import { podGarbageCollector } from './podgc/controller.ts';
import { replicaSetController } from './replicaset/mod.ts';
import { replicationController } from './replicationcontroller/controller.ts';
import { statefulSetController } from './statefulset/mod.ts';
import { ttlAfterFinishedController } from './ttlafterfinished/controller.ts';

/** Every controller that needs no node, in the order in which they start. */
export function allControllers(): readonly Controller[] {
  return [
    ...clusterControllers(),
    deploymentController,
    replicaSetController,
    replicationController,
    jobController,
    cronJobController,
    statefulSetController,
    daemonSetController,
    endpointSliceController,
    endpointsController,
    endpointSliceMirroringController,
    disruptionController,
    autoscalerController(),
    ttlAfterFinishedController,
    podGarbageCollector,
  ];
}
