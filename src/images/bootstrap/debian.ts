import { rmSync } from 'node:fs';
import { HakoError } from '#base';
import type { Image, ImageProgress } from '../contract.ts';
import { importRootfs } from '../import.ts';
import type { ImageStore } from '../store.ts';
import { readAptProxies, readAptSources, sourcesFor } from './apt-sources.ts';
import { runForArchive } from './run-for-archive.ts';

export interface BootstrapDebianOptions {
  /** `bookworm`, `trixie`, `sid` … */
  suite: string;
  /** Packages beside the variant's own. */
  include?: readonly string[];
  /** mmdebstrap's variants; the default, `minbase`, is what Docker's official image has. */
  variant?: 'minbase' | 'apt' | 'essential' | 'important' | 'standard';
  /** Defaults to `debian:<suite>`. */
  reference?: string;
  changes?: readonly string[];
  onProgress?: (progress: ImageProgress) => void;
  signal?: AbortSignal;
}

const SUITE = /^[a-z][a-z0-9.-]{0,40}$/;
const PACKAGE = /^[a-z0-9][a-z0-9+.-]+(?::[a-z0-9-]+)?$/;

/** No fsync for each file, as in Docker's own images; nothing that a container never reads. Copyright files stay: the licences ask for it. */
const DPKG_OPTIONS = [
  'force-unsafe-io',
  'path-exclude=/usr/share/man/*',
  'path-exclude=/usr/share/info/*',
  'path-exclude=/usr/share/locale/*',
  'path-include=/usr/share/locale/locale.alias',
  'path-exclude=/usr/share/doc/*',
  'path-include=/usr/share/doc/*/copyright',
];

/** Services must not start when a package is installed: neither here nor later in a container, which has no init. */
const FORBID_SERVICES = String.raw`printf '#!/bin/sh\nexit 101\n' > "$1/usr/sbin/policy-rc.d" && chmod 755 "$1/usr/sbin/policy-rc.d"`;
const CLEAN = [
  'rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/apt "$1"/var/log/*.log',
  '"$1"/var/cache/debconf/*-old "$1"/var/lib/dpkg/*-old "$1"/var/cache/ldconfig/aux-cache "$1"/tmp/*',
].join(' ');

const IMAGE_CHANGES = ['CMD ["bash"]', 'ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];

/** Makes a base image straight from the Debian mirror that this machine uses, with mmdebstrap. Needs no registry. */
export async function bootstrapDebian(store: ImageStore, options: BootstrapDebianOptions): Promise<Image> {
  const { suite, include = [], signal, onProgress } = options;
  check(suite, include);
  const sources = sourcesFor(suite, readAptSources());
  const workDir = store.content.temporaryDir();
  try {
    const archive = runForArchive({
      program: 'mmdebstrap',
      args: argumentsFor(options),
      stdin: `${sources.join('\n')}\n`,
      env: { ...readAptProxies(), ...process.env, TMPDIR: workDir, LC_ALL: 'C.UTF-8' },
      onLine: (line) => onProgress?.({ status: line }),
      ...(signal === undefined ? {} : { signal }),
    });
    return await importRootfs(store, archive, {
      reference: options.reference ?? `debian:${suite}`,
      message: `mmdebstrap ${[suite, ...include].join(' ')}`,
      changes: [...IMAGE_CHANGES, ...(options.changes ?? [])],
      ...(signal === undefined ? {} : { signal }),
    });
  } finally {
    rmSync(workDir, { recursive: true, force: true });
  }
}

/** Both end up in a command line and in apt's configuration. */
function check(suite: string, include: readonly string[]): void {
  if (!SUITE.test(suite))
    throw new HakoError('invalid', `"${suite}" is not the name of a Debian suite: write bookworm, trixie, sid`);
  const wrong = include.find((name) => !PACKAGE.test(name));
  if (wrong !== undefined) throw new HakoError('invalid', `"${wrong}" is not the name of a Debian package`);
}

function argumentsFor({ suite, include = [], variant = 'minbase' }: BootstrapDebianOptions): string[] {
  return [
    '--mode=root',
    '--format=tar',
    `--variant=${variant}`,
    ...(include.length === 0 ? [] : [`--include=${include.join(',')}`]),
    ...DPKG_OPTIONS.map((option) => `--dpkgopt=${option}`),
    '--aptopt=APT::Install-Recommends "false"',
    `--essential-hook=${FORBID_SERVICES}`,
    `--customize-hook=${CLEAN}`,
    suite,
    '-',
    '-',
  ];
}
