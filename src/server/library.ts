/** `import { createCluster } from 'hakobune'`: what the package is as a library. */
export { isStatusError, type KubeObject, StatusError } from '#kube/api';
export { type Client, HttpClient, Informer, keyOf, WorkQueue } from '#kube/client';
export { type Cluster, type ClusterOptions, createCluster } from './cluster.ts';
