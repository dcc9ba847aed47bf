import { writeFileSync } from 'node:fs';
import { ExtensionServer } from './extension-server.ts';

/** What authenticators and authorizers ask a service. */
export interface Review {
  readonly kind: 'TokenReview' | 'SubjectAccessReview';
  readonly spec: {
    readonly token?: string;
    readonly user?: string;
    readonly resourceAttributes?: { readonly verb?: string; readonly namespace?: string; readonly resource?: string };
  };
}

/** A real service that knows the token `jane-token`, and lets jane read config maps. */
export class ReviewService implements AsyncDisposable {
  /** What was asked, in order. */
  readonly asked: Review[] = [];
  readonly #server: ExtensionServer;

  private constructor(server: ExtensionServer) {
    this.#server = server;
    server.behaviour = (_request, body) => {
      const review = JSON.parse(body) as Review;
      this.asked.push(review);
      return { ...review, status: review.kind === 'TokenReview' ? tokenStatus(review) : accessStatus(review) };
    };
  }

  static async start(): Promise<ReviewService> {
    return new ReviewService(await ExtensionServer.start());
  }

  /** Writes the kubeconfig that leads here. */
  writeConfig(path: string): string {
    const { port, caBundle } = this.#server;
    const cluster = { server: `https://127.0.0.1:${port}/review`, 'certificate-authority-data': caBundle };
    const clusters = [{ name: 'service', cluster }];
    const contexts = [{ name: 'service', context: { cluster: 'service', user: 'apiserver' } }];
    const users = [{ name: 'apiserver', user: {} }];
    const config = { apiVersion: 'v1', kind: 'Config', clusters, contexts, users, 'current-context': 'service' };
    writeFileSync(path, JSON.stringify(config));
    return path;
  }

  /** How often a kind of review was asked for. */
  count(kind: Review['kind']): number {
    return this.asked.filter((review) => review.kind === kind).length;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#server[Symbol.asyncDispose]();
  }
}

function tokenStatus({ spec }: Review): object {
  if (spec.token !== 'jane-token') return { authenticated: false };
  return { authenticated: true, user: { username: 'jane', uid: '7', groups: ['dev'] } };
}

function accessStatus({ spec: { user, resourceAttributes } }: Review): object {
  const { verb = '', resource } = resourceAttributes ?? {};
  const allowed = user === 'jane' && resource === 'configmaps' && ['get', 'list'].includes(verb);
  return { allowed, reason: allowed ? '' : 'the service says no' };
}
