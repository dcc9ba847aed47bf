/** A small operator: for every Greeting it keeps a ConfigMap with the text. It knows nothing but the official client. */
import {
  ApiException,
  CoreV1Api,
  CustomObjectsApi,
  type Informer,
  type KubeConfig,
  type KubernetesObject,
  type ListPromise,
  makeInformer,
} from '@kubernetes/client-node';

/** The custom resource that the operator serves. */
export interface Greeting extends KubernetesObject {
  spec: { name: string };
  status?: { text?: string };
}

/** Its definition, as one would keep it in a YAML file. */
export const greetingDefinition = {
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: 'greetings.example.com' },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural: 'greetings', singular: 'greeting', kind: 'Greeting' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: { status: {} },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            required: ['spec'],
            properties: {
              spec: { type: 'object', required: ['name'], properties: { name: { type: 'string', minLength: 1 } } },
              status: { type: 'object', properties: { text: { type: 'string' } } },
            },
          },
        },
      },
    ],
  },
};

const GREETINGS = { group: 'example.com', version: 'v1', plural: 'greetings' };

/** Follows greetings and reconciles each, until it is stopped. */
export class Operator {
  readonly #core: CoreV1Api;
  readonly #custom: CustomObjectsApi;
  readonly #informer: Informer<Greeting>;

  constructor(config: KubeConfig) {
    this.#core = config.makeApiClient(CoreV1Api);
    this.#custom = config.makeApiClient(CustomObjectsApi);
    const list = () => this.#custom.listCustomObjectForAllNamespaces({ ...GREETINGS, resourcePlural: 'greetings' });
    this.#informer = makeInformer(config, '/apis/example.com/v1/greetings', list as ListPromise<Greeting>);
    const reconcile = (greeting: Greeting) =>
      void this.#reconcile(greeting).catch((error: unknown) => console.error(error));
    this.#informer.on('add', reconcile);
    this.#informer.on('update', reconcile);
  }

  start(): Promise<void> {
    return this.#informer.start();
  }

  stop(): Promise<void> {
    return this.#informer.stop();
  }

  async #reconcile({ metadata, spec, status }: Greeting): Promise<void> {
    const { name = '', namespace = '', uid = '' } = metadata ?? {};
    const text = `Hello, ${spec.name}!`;
    const owner = { apiVersion: 'example.com/v1', kind: 'Greeting', name, uid, controller: true };
    const body = { metadata: { name, namespace, ownerReferences: [owner] }, data: { text } };
    try {
      await this.#core.createNamespacedConfigMap({ namespace, body });
    } catch (error) {
      if (!(error instanceof ApiException) || error.code !== 409) throw error;
      await this.#core.replaceNamespacedConfigMap({ name, namespace, body });
    }
    if (status?.text === text) return;
    const current = await this.#custom.getNamespacedCustomObject({ ...GREETINGS, namespace, name });
    const updated = { ...(current as object), status: { text } };
    await this.#custom.replaceNamespacedCustomObjectStatus({ ...GREETINGS, namespace, name, body: updated });
  }
}
