import type { KubeObject } from '../../object.ts';
import { ALL_VERBS, type ResourceDefinition } from '../../resource.ts';
import { configKeyErrors, type FieldErrors, METADATA, Path, setEntry, validateImmutable } from '../../values/mod.ts';
import { AGE_COLUMN, textColumn } from '../columns.ts';
import { complaints } from '../strategies.ts';
import { base64Length, MAX_DATA_BYTES, validateUnchangedIfImmutable } from './data.ts';
import { v1 } from './version.ts';

interface Secret extends KubeObject {
  type?: string;
  data?: Record<string, string>;
  stringData?: Record<string, string>;
  immutable?: boolean;
}

const DATA = new Path('data');
const SERVICE_ACCOUNT_NAME = 'kubernetes.io/service-account.name';

/** `stringData` is a way to write only: what it holds goes to `data`, where it wins. */
function setDefaults(secret: Secret): void {
  secret.type ||= 'Opaque';
  if (secret.stringData === undefined) return;
  secret.data ??= {};
  for (const key of Object.keys(secret.stringData))
    setEntry(secret.data, key, Buffer.from(secret.stringData[key] ?? '').toString('base64'));
  delete secret.stringData;
}

function validate(secret: Secret, errors: FieldErrors): void {
  const { data = {} } = secret;
  let bytes = 0;
  for (const key of Object.keys(data)) {
    errors.invalidEach(DATA.key(key), key, configKeyErrors(key));
    bytes += base64Length(data[key] ?? '');
  }
  if (bytes > MAX_DATA_BYTES) errors.tooLong(DATA, MAX_DATA_BYTES);
  validateType(secret, data, errors);
}

function validateType(secret: Secret, data: Record<string, string>, errors: FieldErrors): void {
  const requireKey = (key: string) => {
    if (!Object.hasOwn(data, key)) errors.required(DATA.key(key));
  };
  switch (secret.type) {
    case 'kubernetes.io/service-account-token':
      if ((secret.metadata.annotations?.[SERVICE_ACCOUNT_NAME] ?? '') === '')
        errors.required(METADATA.child('annotations').key(SERVICE_ACCOUNT_NAME));
      return;
    case 'kubernetes.io/dockercfg':
      validateJson(data, '.dockercfg', errors);
      return;
    case 'kubernetes.io/dockerconfigjson':
      validateJson(data, '.dockerconfigjson', errors);
      return;
    case 'kubernetes.io/basic-auth':
      if (Object.hasOwn(data, 'username') || Object.hasOwn(data, 'password')) return;
      requireKey('username');
      requireKey('password');
      return;
    case 'kubernetes.io/ssh-auth':
      if ((Object.hasOwn(data, 'ssh-privatekey') ? data['ssh-privatekey'] : '') === '')
        errors.required(DATA.key('ssh-privatekey'));
      return;
    case 'kubernetes.io/tls':
      requireKey('tls.crt');
      requireKey('tls.key');
      return;
  }
}

function validateJson(data: Record<string, string>, key: string, errors: FieldErrors): void {
  if (!Object.hasOwn(data, key)) {
    errors.required(DATA.key(key));
    return;
  }
  const problem = jsonObjectProblem(Buffer.from(data[key] ?? '', 'base64').toString());
  if (problem !== undefined) errors.invalid(DATA.key(key), '<secret contents redacted>', problem);
}

/** Never says what the text is: it is secret. */
function jsonObjectProblem(text: string): string | undefined {
  if (text === '') return 'unexpected end of JSON input';
  try {
    const value: unknown = JSON.parse(text);
    const isObject = value === null || (typeof value === 'object' && !Array.isArray(value));
    return isObject ? undefined : 'json: cannot unmarshal into Go value of type map[string]interface {}';
  } catch {
    // The parser's own message quotes the text.
    return 'invalid JSON';
  }
}

/** Passwords, keys, certificates. */
export const secrets: ResourceDefinition = {
  group: '',
  plural: 'secrets',
  singular: 'secret',
  kind: 'Secret',
  namespaced: true,
  verbs: ALL_VERBS,
  versions: v1('Secret', {
    columns: [
      textColumn('Type', 'What sort of secret this is.', ({ type }) => String(type ?? '')),
      textColumn('Data', 'Number of keys.', ({ data }) => Object.keys(data ?? {}).length),
      AGE_COLUMN,
    ],
    selectableFields: { type: ({ type }) => String(type ?? '') },
  }),
  storageVersion: 'v1',
  strategy: {
    hasGeneration: false,
    setDefaults: (object) => setDefaults(object as Secret),
    validate: (object) => complaints((errors) => validate(object as Secret, errors)),
    validateUpdate: (object, old) =>
      complaints((errors) => {
        validateImmutable(object.type, old.type, new Path('type'), errors);
        validateUnchangedIfImmutable(object, old, ['data'], errors);
        validate(object as Secret, errors);
      }),
  },
};
