import type { Api } from '../server/api-context.ts';
import type { Exchange } from '../server/exchange.ts';
import { API_VERSION, MIN_API_VERSION } from '../server/version.ts';

const GO_ARCHITECTURE: Record<string, string> = { x64: 'amd64', arm64: 'arm64', x86_64: 'amd64', aarch64: 'arm64' };

/** An architecture as Go and OCI name it. */
export function goArchitecture(name: string): string {
  return GO_ARCHITECTURE[name] ?? name;
}

/** `GET /version`. */
export function version(exchange: Exchange, { engine, version: own, commit }: Api): void {
  const { kernelVersion, architecture } = engine.info();
  const common = { Arch: goArchitecture(architecture), KernelVersion: kernelVersion, Os: 'linux' };
  const node = process.versions.node;
  exchange.json(200, {
    Platform: { Name: `Hakobune ${own}` },
    Components: [
      {
        Name: 'Engine',
        Version: own,
        Details: {
          ApiVersion: API_VERSION,
          Arch: common.Arch,
          BuildTime: '',
          Experimental: 'false',
          GitCommit: commit,
          GoVersion: `node ${node}`,
          KernelVersion: kernelVersion,
          MinAPIVersion: MIN_API_VERSION,
          Os: 'linux',
        },
      },
    ],
    Version: own,
    ApiVersion: API_VERSION,
    MinAPIVersion: MIN_API_VERSION,
    GitCommit: commit,
    GoVersion: `node ${node}`,
    ...common,
    BuildTime: '',
  });
}
