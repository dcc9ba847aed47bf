import type { OpenImagesOptions } from '#images';
import type { SettingsFile } from './settings-file.ts';

const POLICY_PATH = '/etc/hako/policy.json';
/** The kubelet's defaults. */
const GC = { highPercent: 85, lowPercent: 80, minAge: '2m' };
const UNITS_MS: Record<string, number> = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** What the settings say about images. */
export function imageOptions({
  keepBlobs,
  imageGc,
  policy = POLICY_PATH,
}: SettingsFile): Pick<OpenImagesOptions, 'keepBlobs' | 'gc' | 'policyPath'> {
  return {
    ...(keepBlobs === undefined ? {} : { keepBlobs }),
    ...(imageGc === undefined ? {} : { gc: gcOptions(imageGc) }),
    policyPath: policy,
  };
}

function gcOptions(given: NonNullable<SettingsFile['imageGc']>): NonNullable<OpenImagesOptions['gc']> {
  const { highPercent, lowPercent, minAge, maxAge } = { maxAge: undefined, ...GC, ...given };
  return {
    highPercent,
    lowPercent: Math.min(lowPercent, highPercent),
    minAgeMs: ageMs(minAge),
    ...(maxAge === undefined ? {} : { maxAgeMs: ageMs(maxAge) }),
  };
}

/** True for `90s`, `2m`, `12h`, `30d`. */
export function isAge(text: string): boolean {
  return /^\d{1,6}[smhd]$/.test(text);
}

function ageMs(text: string): number {
  return Number.parseInt(text, 10) * (UNITS_MS[text.at(-1) ?? 's'] ?? 0);
}
