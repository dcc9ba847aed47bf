import type { KubeObject } from '#kube/api';
import type { KubeApi } from '../../../lib/kube.ts';
import { ExtensionServer } from './extension-server.ts';

const REGISTRATION = '/apis/admissionregistration.k8s.io/v1';

/** What a webhook is asked (`admission.k8s.io/v1` AdmissionRequest). */
export interface AdmissionRequest {
  readonly uid: string;
  readonly kind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly requestKind: { readonly group: string; readonly version: string; readonly kind: string };
  readonly resource: { readonly group: string; readonly version: string; readonly resource: string };
  readonly subResource?: string;
  readonly operation: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly object: KubeObject | null;
  readonly oldObject: KubeObject | null;
  readonly options: Readonly<Record<string, unknown>> | null;
  readonly dryRun: boolean;
  readonly userInfo: { readonly username: string };
}

/** One webhook server, and the configurations that lead to it. */
export class Webhooks implements AsyncDisposable {
  readonly server: ExtensionServer;
  readonly #api: KubeApi;
  #count = 0;

  private constructor(api: KubeApi, server: ExtensionServer) {
    this.#api = api;
    this.server = server;
  }

  static async start(api: KubeApi): Promise<Webhooks> {
    return new Webhooks(api, await ExtensionServer.start());
  }

  /** Answers reviews by `verdict`; the list grows with what was asked. */
  decide(verdict: (request: AdmissionRequest) => object = () => ({})): AdmissionRequest[] {
    const seen: AdmissionRequest[] = [];
    this.server.behaviour = (_request, body) => {
      const { request } = JSON.parse(body) as { request: AdmissionRequest };
      seen.push(request);
      const response = { uid: request.uid, allowed: true, ...verdict(request) };
      return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response };
    };
    return seen;
  }

  /** Puts a webhook to work on these rules; `more` is put into it. Answers the path of its configuration. */
  async register(kind: 'Mutating' | 'Validating', rules: readonly object[], more: object = {}): Promise<string> {
    const name = `hook-${++this.#count}`;
    const webhook = {
      name: `${name}.example.org`,
      admissionReviewVersions: ['v1'],
      sideEffects: 'None',
      timeoutSeconds: 5,
      clientConfig: { url: `https://127.0.0.1:${this.server.port}/`, caBundle: this.server.caBundle },
      rules,
      ...more,
    };
    const path = `${REGISTRATION}/${kind.toLowerCase()}webhookconfigurations`;
    await this.#api.create(path, { metadata: { name }, webhooks: [webhook] });
    return `${path}/${name}`;
  }

  /** Takes all configurations away again. */
  async clear(): Promise<void> {
    this.server.behaviour = () => ({});
    for (const kind of ['mutating', 'validating'])
      await this.#api.delete(`${REGISTRATION}/${kind}webhookconfigurations`);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.server[Symbol.asyncDispose]();
  }
}

/** A verdict that changes the object. */
export function patchOf(...operations: object[]): object {
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(operations)).toString('base64') };
}
