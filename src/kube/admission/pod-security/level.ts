import { type FieldError, invalid } from '#kube/api';

/** The three profiles of the pod security standards, from nothing forbidden to nearly everything. */
export type Level = 'privileged' | 'baseline' | 'restricted';

/** A profile as of a minor version of Kubernetes; Infinity is the latest. */
export interface LevelVersion {
  readonly level: Level;
  readonly minor: number;
}

/** What a namespace wants enforced, noted in the audit log, and warned of. */
export interface Policy {
  readonly enforce: LevelVersion;
  readonly audit: LevelVersion;
  readonly warn: LevelVersion;
}

/** A policy, and what is wrong with the labels that it was read from. */
export interface ParsedPolicy {
  readonly policy: Policy;
  readonly errors: readonly FieldError[];
}

const LEVELS: readonly Level[] = ['privileged', 'baseline', 'restricted'];
const MODES = ['enforce', 'audit', 'warn'] as const;
const PREFIX = 'pod-security.kubernetes.io/';
const PRIVILEGED: LevelVersion = { level: 'privileged', minor: Number.POSITIVE_INFINITY };
const NO_POLICY: ParsedPolicy = {
  policy: { enforce: PRIVILEGED, audit: PRIVILEGED, warn: PRIVILEGED },
  errors: [],
};

type Labels = Readonly<Record<string, string>> | undefined;

/** Reads the labels of a namespace. Bad values are as strict as can be where they are enforced, and mean nothing elsewhere. */
export function policyOf(labels: Labels): ParsedPolicy {
  if (labels === undefined || !hasPolicy(labels)) return NO_POLICY;
  const errors: FieldError[] = [];
  const [enforce, audit, warn] = MODES.map((mode) => readMode(mode, labels, errors)) as [
    LevelVersion,
    LevelVersion,
    LevelVersion,
  ];
  // Who enforces without saying what to warn of wants to hear of workloads whose pods would be refused.
  const isWarnSet = Object.hasOwn(labels, `${PREFIX}warn`) || !Object.hasOwn(labels, `${PREFIX}enforce`);
  const policy = { enforce, audit, warn: isWarnSet || errors.length > 0 ? warn : enforce };
  return { policy, errors };
}

function hasPolicy(labels: Readonly<Record<string, string>>): boolean {
  for (const key in labels) if (key.startsWith(PREFIX)) return true;
  return false;
}

function readMode(mode: string, labels: Readonly<Record<string, string>>, errors: FieldError[]): LevelVersion {
  const read = (label: string) => (Object.hasOwn(labels, label) ? labels[label] : undefined);
  const complain = (label: string, value: string, detail: string) =>
    errors.push(invalid(`metadata.labels[${label}]`, value, detail));
  const level = read(PREFIX + mode);
  const isKnown = level === undefined || LEVELS.includes(level as Level);
  if (!isKnown) complain(PREFIX + mode, level, `must be one of ${LEVELS.join(', ')}`);
  const version = read(`${PREFIX}${mode}-version`) ?? 'latest';
  const minor = version === 'latest' ? Number.POSITIVE_INFINITY : Number(/^v1\.(0|[1-9]\d{0,5})$/.exec(version)?.[1]);
  if (Number.isNaN(minor)) complain(`${PREFIX}${mode}-version`, version, 'must be "latest" or "v1.x"');
  const worst: Level = mode === 'enforce' ? 'restricted' : 'privileged';
  return {
    level: isKnown ? ((level ?? 'privileged') as Level) : worst,
    minor: Number.isNaN(minor) ? Number.POSITIVE_INFINITY : minor,
  };
}

/** `restricted:latest`, `baseline:v1.30`. */
export function formatLevel({ level, minor }: LevelVersion): string {
  return `${level}:${minor === Number.POSITIVE_INFINITY ? 'latest' : `v1.${minor}`}`;
}

/** Negative, zero or positive, as `a` is less strict than `b`, the same, or stricter. */
export function compareLevels(a: Level, b: Level): number {
  return LEVELS.indexOf(a) - LEVELS.indexOf(b);
}

/** The same profile and version? */
export function isSameLevel(a: LevelVersion, b: LevelVersion): boolean {
  return a.level === b.level && a.minor === b.minor;
}
