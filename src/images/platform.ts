import { HakoError } from '#base';
import type { ImageConfig } from './contract.ts';

/** An operating system and a processor, as the OCI image index names them. */
export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
}

const ARCHITECTURES: Record<string, { architecture: string; variant?: string }> = {
  x64: { architecture: 'amd64' },
  x86_64: { architecture: 'amd64' },
  'x86-64': { architecture: 'amd64' },
  aarch64: { architecture: 'arm64' },
  arm64: { architecture: 'arm64' },
  armhf: { architecture: 'arm', variant: 'v7' },
  armel: { architecture: 'arm', variant: 'v6' },
  ia32: { architecture: '386' },
  i386: { architecture: '386' },
};

/** What this machine runs. */
export function hostPlatform(): Platform {
  return { os: 'linux', ...(ARCHITECTURES[process.arch] ?? { architecture: process.arch }) };
}

/** Parses `linux/arm64/v8`, `arm64` or `linux`; throws `invalid`. */
export function parsePlatform(text: string): Platform {
  const parts = text.toLowerCase().split('/');
  if (parts.length > 3 || !parts.every((part) => /^[a-z0-9_.-]+$/.test(part))) throw malformed(text);
  const [first = '', second, third] = parts;
  if (second === undefined) return first === 'linux' ? hostPlatform() : normalized('linux', first);
  return normalized(first, second, third);
}

function malformed(text: string): HakoError {
  return new HakoError('invalid', `"${text}" is an invalid platform: write os/architecture or os/architecture/variant`);
}

/** arm64's only variant, v8, is left out, as everybody does who compares. */
function normalized(os: string, architecture: string, variant?: string): Platform {
  const known = ARCHITECTURES[architecture] ?? { architecture };
  const chosen = variant ?? known.variant;
  const plain = chosen === undefined || (known.architecture === 'arm64' && chosen === 'v8');
  return { os, architecture: known.architecture, ...(plain ? {} : { variant: chosen }) };
}

export function formatPlatform({ os, architecture, variant }: Platform): string {
  return variant === undefined ? `${os}/${architecture}` : `${os}/${architecture}/${variant}`;
}

/** The platform that an image configuration declares. */
export function platformOf(config: Pick<ImageConfig, 'os' | 'architecture' | 'variant'>): Platform {
  return normalized(
    config.os || 'linux',
    config.architecture || hostPlatform().architecture,
    config.variant || undefined,
  );
}

/** True when an image of `offered` serves whoever asks for `wanted`; a variant counts only where one is asked for. */
export function satisfies(offered: Platform, wanted: Platform): boolean {
  if (offered.os !== wanted.os || offered.architecture !== wanted.architecture) return false;
  return wanted.variant === undefined || offered.variant === undefined || wanted.variant === offered.variant;
}
