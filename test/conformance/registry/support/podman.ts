/** podman and buildah on a store of their own. */

import { execFile } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

export class PodmanStore {
  readonly folder: string;
  readonly #environment: NodeJS.ProcessEnv;
  readonly #arguments: string[];

  /** `registries`: the text of registries.conf. */
  constructor(folder: string, registries = '') {
    this.folder = folder;
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, 'registries.conf'), registries);
    writeFileSync(join(folder, 'policy.json'), '{"default": [{"type": "insecureAcceptAnything"}]}');
    writeFileSync(join(folder, 'auth.json'), '{}');
    this.#environment = {
      ...process.env,
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      REGISTRY_AUTH_FILE: join(folder, 'auth.json'),
      CONTAINERS_REGISTRIES_CONF: join(folder, 'registries.conf'),
    };
    this.#arguments = ['--root', join(folder, 'root'), '--runroot', join(folder, 'run'), '--storage-driver', 'vfs'];
  }

  podman(...args: string[]): Promise<string> {
    return this.#run('podman', ...this.#arguments, ...args);
  }

  buildah(...args: string[]): Promise<string> {
    return this.#run('buildah', ...this.#arguments, ...args);
  }

  skopeo(...args: string[]): Promise<string> {
    return this.#run('skopeo', '--policy', join(this.folder, 'policy.json'), ...args);
  }

  async #run(program: string, ...args: string[]): Promise<string> {
    const { stdout } = await run(program, args, { env: this.#environment, maxBuffer: 1 << 24 });
    return stdout.trim();
  }
}
