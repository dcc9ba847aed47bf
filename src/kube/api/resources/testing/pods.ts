/** The least that a pod needs. */
export const POD_SPEC = { containers: [{ name: 'main', image: 'nginx:1' }] };

/** A template of pods with a label. */
export const TEMPLATE = { metadata: { labels: { app: 'web' } }, spec: POD_SPEC };

/** Finds the pods of that template. */
export const SELECTOR = { matchLabels: { app: 'web' } };

/** What defaults make of it. */
export const DEFAULTED_SPEC = {
  containers: [
    {
      name: 'main',
      image: 'nginx:1',
      imagePullPolicy: 'IfNotPresent',
      terminationMessagePath: '/dev/termination-log',
      terminationMessagePolicy: 'File',
      resources: {},
    },
  ],
  dnsPolicy: 'ClusterFirst',
  restartPolicy: 'Always',
  securityContext: {},
  terminationGracePeriodSeconds: 30,
  schedulerName: 'default-scheduler',
};
