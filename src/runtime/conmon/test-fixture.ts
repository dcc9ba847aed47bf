/** For root tests: a conmon runtime in a temporary folder with a busybox root file system. */
import { chmodSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { shortId } from '#base';
import { cgroupPathOf, destroyCgroup, RuntimeNamespace, unshareFolder } from '#system';
import type { CreateRequest, OciRuntime } from '../contract.ts';
import { generateSpec } from '../spec/generate.ts';
import { readHostFacts } from '../spec/host-facts.ts';
import type { SpecInput } from '../spec/input.ts';
import { ConmonRuntime } from './runtime.ts';

const APPLETS =
  'sh true false echo cat sleep ls mount umount id dd head stty kill ps mknod unshare hostname ip touch test tail';

/** Makes a root file system from the host's static busybox. */
export function makeRootfs(folder: string): void {
  for (const name of ['bin', 'proc', 'dev', 'sys', 'tmp', 'etc']) mkdirSync(join(folder, name), { recursive: true });
  copyFileSync('/bin/busybox', join(folder, 'bin/busybox'));
  for (const applet of APPLETS.split(' ')) symlinkSync('busybox', join(folder, 'bin', applet));
}

export interface ConmonFixture extends AsyncDisposable {
  runtime: ConmonRuntime;
  namespace: RuntimeNamespace;
  folder: string;
  cgroupParent: string;
  oci: OciRuntime;
  /** Input of `generateSpec` that runs `args`. */
  input(id: string, args: string[]): SpecInput;
  request(id: string, args: string[], options?: Partial<CreateRequest>): CreateRequest;
  /** Opens another adapter on the same folder, as a daemon does that starts anew. */
  reopen(): Promise<ConmonRuntime>;
}

/** Opens a fixture in a new folder, or another one in a folder that a fixture has prepared. */
export async function openFixture(oci: OciRuntime, existing?: string): Promise<ConmonFixture> {
  const folder = existing ?? mkdtempSync('/tmp/hako-runtime-');
  const rootfs = join(folder, 'rootfs');
  if (existing === undefined) makeRootfs(rootfs);
  // Root of a user namespace is somebody else here, and must get through.
  chmodSync(folder, 0o711);
  const namespace = RuntimeNamespace.open({ sharedFolders: [folder] });
  const cgroupParent = `hako-test-${folder.slice(-6)}`;
  const conmonCgroup = `/${cgroupParent}/conmon`;
  const reopen = () => ConmonRuntime.open({ runDir: join(folder, 'run'), namespace, runtimes: [oci], conmonCgroup });
  const runtime = await reopen();
  await runtime.recover(new Set());
  const host = readHostFacts();

  const input = (id: string, args: string[]): SpecInput => ({
    id,
    rootfs: { path: rootfs, readonly: true },
    process: { args, env: ['PATH=/bin'], cwd: '/', user: { uid: 0, gid: 0, additionalGids: [] }, terminal: false },
    security: { privileged: false, capAdd: [], capDrop: [], noNewPrivileges: false, seccomp: 'default' },
    namespaces: {},
    mounts: [],
    cgroupsPath: cgroupPathOf(cgroupParent, id),
    host,
    features: runtime.features(oci),
  });
  const request = (id: string, args: string[], options: Partial<CreateRequest> = {}): CreateRequest => ({
    id,
    name: shortId(id),
    runtime: oci,
    bundleDir: join(folder, 'b', id),
    spec: generateSpec(input(id, args)),
    terminal: false,
    openStdin: false,
    stdinOnce: false,
    log: { driver: 'k8s-file', path: join(folder, `${id}.log`), maxBytes: 1_000_000 },
    ...options,
  });

  return {
    ...{ runtime, namespace, folder, cgroupParent, oci, input, request, reopen },
    async [Symbol.asyncDispose]() {
      await runtime[Symbol.asyncDispose]();
      const last = await reopen();
      await last.recover(new Set());
      await last[Symbol.asyncDispose]();
      namespace[Symbol.dispose]();
      unshareFolder(folder);
      await destroyCgroup(`/${cgroupParent}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
