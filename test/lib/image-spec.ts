/** The rules of the image spec's JSON schemas (image-spec v1.1, schema/), written down anew: which fields, of which form. */

type Rule = (value: unknown, at: string) => string[];

const fail = (at: string, what: string) => [`${at}: ${what}`];

const matching =
  (pattern: RegExp): Rule =>
  (value, at) =>
    typeof value === 'string' && pattern.test(value) ? [] : fail(at, `${JSON.stringify(value)} is not ${pattern}`);

const text: Rule = (value, at) => (typeof value === 'string' ? [] : fail(at, 'no text'));
const flag: Rule = (value, at) => (typeof value === 'boolean' ? [] : fail(at, 'neither true nor false'));
const exactly =
  (wanted: unknown): Rule =>
  (value, at) =>
    value === wanted ? [] : fail(at, `${JSON.stringify(value)} is not ${JSON.stringify(wanted)}`);

const size: Rule = (value, at) => (Number.isSafeInteger(value) && Number(value) >= 0 ? [] : fail(at, 'no size'));
const orNull =
  (rule: Rule): Rule =>
  (value, at) =>
    value === null ? [] : rule(value, at);

const arrayOf =
  (rule: Rule, fewest = 0): Rule =>
  (value, at) => {
    if (!Array.isArray(value) || value.length < fewest) return fail(at, `no array of at least ${fewest}`);
    return value.flatMap((each, index) => rule(each, `${at}[${index}]`));
  };

function entriesOf(value: unknown): [string, unknown][] | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : undefined;
}

const mapOf =
  (rule: Rule): Rule =>
  (value, at) =>
    entriesOf(value)?.flatMap(([key, each]) => rule(each, `${at}.${key}`)) ?? fail(at, 'no object');

/** Fields that nobody names may be anything, as in the schemas. */
const object =
  (fields: Record<string, Rule>, required: readonly string[] = []): Rule =>
  (value, at) => {
    const entries = entriesOf(value);
    if (entries === undefined) return fail(at, 'no object');
    const names = new Set(entries.map(([name]) => name));
    const absent = required.filter((name) => !names.has(name)).flatMap((name) => fail(at, `lacks ${name}`));
    const known = entries.filter(([name]) => Object.hasOwn(fields, name));
    return [...absent, ...known.flatMap(([name, each]) => fields[name]?.(each, `${at}.${name}`) ?? [])];
  };

const mediaType = matching(/^[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}\/[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}$/);
const digest = matching(/^[a-z0-9]+(?:[+._-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$/);
const dateTime = matching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/);
const annotations = mapOf(text);
const emptyMap = mapOf(object({}));

const platform = object(
  { architecture: text, os: text, variant: text, 'os.version': text, 'os.features': arrayOf(text) },
  ['architecture', 'os'],
);
const descriptor = object(
  { mediaType, digest, size, annotations, platform, artifactType: mediaType, urls: arrayOf(text), data: text },
  ['mediaType', 'digest', 'size'],
);

const manifest = object(
  {
    schemaVersion: exactly(2),
    mediaType: exactly('application/vnd.oci.image.manifest.v1+json'),
    artifactType: mediaType,
    config: descriptor,
    subject: descriptor,
    layers: arrayOf(descriptor, 1),
    annotations,
  },
  ['schemaVersion', 'config', 'layers'],
);

const index = object(
  {
    schemaVersion: exactly(2),
    mediaType: exactly('application/vnd.oci.image.index.v1+json'),
    artifactType: mediaType,
    manifests: arrayOf(descriptor),
    subject: descriptor,
    annotations,
  },
  ['schemaVersion', 'manifests'],
);

const runConfig = object({
  User: text,
  ExposedPorts: emptyMap,
  Env: arrayOf(text),
  Entrypoint: orNull(arrayOf(text)),
  Cmd: orNull(arrayOf(text)),
  Volumes: orNull(emptyMap),
  WorkingDir: text,
  Labels: orNull(annotations),
  StopSignal: text,
  ArgsEscaped: flag,
});
const history = object({
  created: dateTime,
  author: text,
  created_by: text,
  comment: text,
  empty_layer: flag,
});
const config = object(
  {
    created: dateTime,
    author: text,
    architecture: text,
    variant: text,
    os: text,
    config: runConfig,
    rootfs: object({ diff_ids: arrayOf(digest), type: exactly('layers') }, ['diff_ids', 'type']),
    history: arrayOf(history),
  },
  ['architecture', 'os', 'rootfs'],
);
const layout = object({ imageLayoutVersion: exactly('1.0.0') }, ['imageLayoutVersion']);

const DOCUMENTS = { manifest, index, config, layout };

/** What a document violates, each with its place; empty where it is valid. */
export function violations(kind: keyof typeof DOCUMENTS, bytes: Buffer | string): string[] {
  return DOCUMENTS[kind](JSON.parse(bytes.toString()), kind);
}
