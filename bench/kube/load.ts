/** What is asked of an API server, and how long it takes. */
import { type Target, Wire } from './wire.ts';

/** Requests that run at the same time. */
export const CONNECTIONS = 32;

/** A pod as people write them. */
export function podBody(name: string): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      labels: { app: 'bench', tier: 'web' },
      annotations: { 'example.com/note': 'a pod of the benchmark' },
    },
    spec: {
      containers: [
        {
          name: 'web',
          image: 'registry.example.com/web:1.2.3',
          command: ['/web', '--port=8080'],
          ports: [{ name: 'http', containerPort: 8080 }],
          env: [
            { name: 'MODE', value: 'production' },
            { name: 'NAME', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
          ],
          resources: { requests: { cpu: '100m', memory: '64Mi' }, limits: { memory: '128Mi' } },
          readinessProbe: { httpGet: { path: '/ready', port: 'http' }, periodSeconds: 5 },
          volumeMounts: [{ name: 'data', mountPath: '/data' }],
        },
      ],
      volumes: [{ name: 'data', emptyDir: {} }],
    },
  });
}

/** Opens the connections of a load. */
export function openWires(target: Target, count = CONNECTIONS): Promise<Wire[]> {
  return Promise.all(Array.from({ length: count }, () => Wire.open(target)));
}

/** Runs `count` requests over the connections; answers requests a second. Any answer but 2xx is an error. */
export async function rate(
  wires: readonly Wire[],
  count: number,
  one: (wire: Wire, index: number) => ReturnType<Wire['call']>,
): Promise<number> {
  let next = 0;
  const start = performance.now();
  await Promise.all(
    wires.map(async (wire) => {
      for (let index = next++; index < count; index = next++) {
        const { code } = await one(wire, index);
        if (code < 200 || code > 299) throw new Error(`request ${index} answered ${code}`);
      }
    }),
  );
  return (count / (performance.now() - start)) * 1000;
}

/** Median time of `times` runs, in milliseconds. */
export async function medianMs(times: number, run: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  for (let at = 0; at < times; at++) {
    const start = performance.now();
    await run();
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b)[times >> 1] as number;
}
