import type { Images } from '../contract.ts';
import type { ImageStore } from '../store.ts';
import type { RemoteContext, RemoteSettings } from './context.ts';

export type RemoteVerbs = Pick<Images, 'pull' | 'push' | 'inspectRemote' | 'checkCredentials'>;

/** The verbs that talk to registries. Their code loads when one is called: a daemon that never pulls does not carry it. */
export function remoteVerbs(store: ImageStore, settings: RemoteSettings | undefined): RemoteVerbs {
  let context: Promise<RemoteContext> | undefined;
  const shared = () => {
    context ??= import('./context.ts').then((module) => new module.RemoteContext(settings));
    return context;
  };
  return {
    pull: async (reference, options) => {
      const { pullImage } = await import('./pull/pull.ts');
      return pullImage(store, await shared(), reference, options);
    },
    push: async (reference, options) => {
      const { pushImage } = await import('./push/push.ts');
      return pushImage(store, await shared(), reference, options);
    },
    inspectRemote: async (reference, options) => {
      const { inspectRemote } = await import('./inspect.ts');
      return inspectRemote(await shared(), reference, options);
    },
    checkCredentials: async (domain, options) => {
      const { checkCredentials } = await import('./inspect.ts');
      return checkCredentials(await shared(), domain, options);
    },
  };
}
