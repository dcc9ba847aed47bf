/** Small manifests that scenarios begin with. */

type Labels = Readonly<Record<string, string>>;

/** Fields of an object; labels and namespace go to its metadata. */
interface Fields {
  readonly labels?: Labels;
  readonly namespace?: string;
  readonly [field: string]: unknown;
}

/** A pod of one container `main` that the nodes on paper will run. */
export function pod(name: string, labels: Labels = { app: name }, spec: object = {}): string {
  return manifest('v1', 'Pod', name, {
    labels,
    spec: { containers: [{ name: 'main', image: 'nginx' }], terminationGracePeriodSeconds: 0, ...spec },
  });
}

/** A deployment `name` whose pods are labelled `app: name`. */
export function deployment(name: string, replicas: number, spec: object = {}): string {
  const labels = { app: name };
  const template = {
    metadata: { labels },
    spec: { containers: [{ name: 'main', image: 'nginx:1' }], terminationGracePeriodSeconds: 0 },
  };
  return manifest('apps/v1', 'Deployment', name, {
    labels,
    spec: { replicas, selector: { matchLabels: labels }, template, ...spec },
  });
}

/** A config map. */
export function configMap(name: string, data?: Labels, labels?: Labels): string {
  return manifest('v1', 'ConfigMap', name, { ...(labels === undefined ? {} : { labels }), data });
}

/** A document (JSON is YAML) that ends where the next may begin. */
export function manifest(
  apiVersion: string,
  kind: string,
  name: string,
  { labels, namespace, ...rest }: Fields = {},
): string {
  return `---\n${JSON.stringify({ apiVersion, kind, metadata: { name, namespace, labels }, ...rest })}\n`;
}
