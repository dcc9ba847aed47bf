import { badRequest, type GroupVersionKind, groupVersion, type KubeObject, subresourcesOf } from '#kube/api';
import { admit, attributesOf, validateAdmission } from '../verbs/admit.ts';
import type { Target } from '../verbs/target.ts';

/** What a connection is asked for with: PodExecOptions, PodProxyOptions and the like, without metadata. */
export type ConnectOptions = Readonly<Record<string, unknown>>;

type Read = (values: readonly string[]) => unknown;

/** Absent where they say nothing, as upstream leaves out what is empty. */
const flag: Read = ([value]) =>
  value === undefined || value === '0' || value.toLowerCase() === 'false' ? undefined : true;
const text: Read = ([value]) => (value === '' ? undefined : value);
const texts: Read = (values) => (values.length === 0 ? undefined : [...values]);
const numbers: Read = (values) => (values.length === 0 ? undefined : values.map(numberOf));

const STREAMS = { stdin: flag, stdout: flag, stderr: flag, tty: flag, container: text };
const PROXY = { path: text };
const FIELDS: Readonly<Record<string, Readonly<Record<string, Read>>>> = {
  PodExecOptions: { ...STREAMS, command: texts },
  PodAttachOptions: STREAMS,
  PodPortForwardOptions: { ports: numbers },
  PodProxyOptions: PROXY,
  NodeProxyOptions: PROXY,
  ServiceProxyOptions: PROXY,
};

function numberOf(value: string): number {
  const number = Number(value);
  if (value !== '' && Number.isInteger(number)) return number;
  throw badRequest(`"${value.slice(0, 64)}" is no port: ports are whole numbers`);
}

/**
 * Reads what a connection (exec, attach, portforward, proxy) is to be from the query and lets admission look at it: operation CONNECT, the
 * options as the object. Answers them as the plugins left them; undefined for paths that are no connections (log).
 */
export async function admitConnect(target: Target): Promise<ConnectOptions | undefined> {
  const kind = subresourcesOf(target.endpoint.row, target.endpoint.version)[target.subresource]?.body;
  const fields = kind === undefined ? undefined : FIELDS[kind.kind];
  if (kind === undefined || fields === undefined) return undefined;
  if (target.request.query.getAll('dryRun').includes('All')) throw badRequest('dryRun is not supported');
  const options = optionsOf(target, kind, fields) as unknown as KubeObject;
  const attributes = attributesOf(target, 'CONNECT', { object: options, oldObject: undefined }, {}, false, kind);
  await admit(target, attributes);
  await validateAdmission(target, attributes);
  return attributes.object;
}

function optionsOf({ request, subresource }: Target, kind: GroupVersionKind, fields: Readonly<Record<string, Read>>) {
  const options: Record<string, unknown> = { kind: kind.kind, apiVersion: groupVersion(kind) };
  for (const [name, read] of Object.entries(fields)) {
    // What a proxy asks for stands in the path.
    const values = subresource === 'proxy' ? [request.info.rest.join('/')] : request.query.getAll(name);
    const value = read(values);
    if (value !== undefined) options[name] = value;
  }
  return options;
}
