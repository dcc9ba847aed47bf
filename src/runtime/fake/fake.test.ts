import type { CreateRequest } from '../contract.ts';
import { runtimeContractSuite } from './contract-suite.ts';
import { FakeRuntime } from './runtime.ts';

runtimeContractSuite('fake', {
  async open() {
    const request = (id: string, args: string[], options: Partial<CreateRequest> = {}): CreateRequest => ({
      id,
      name: id,
      runtime: { name: 'fake', path: '/fake', args: [] },
      bundleDir: `/fake/${id}`,
      spec: {
        ociVersion: '1.0.2',
        root: { path: '/' },
        process: { user: { uid: 0, gid: 0 }, args, cwd: '/' },
        mounts: [],
        linux: {},
      },
      terminal: false,
      openStdin: false,
      stdinOnce: false,
      log: { driver: 'none', path: '', maxBytes: 0 },
      ...options,
    });
    return { runtime: new FakeRuntime(), request, async [Symbol.asyncDispose]() {} };
  },
});
