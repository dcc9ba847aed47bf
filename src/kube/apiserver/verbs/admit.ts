import type { AdmissionAttributes } from '#kube/admission';
import type { GroupVersionKind, KubeObject } from '#kube/api';
import type { ApiRequest } from '../request.ts';
import { kindOf, type Target } from './target.ts';

/** What admission is asked about; `object` is what plugins change. */
export function attributesOf(
  target: Target,
  operation: AdmissionAttributes['operation'],
  objects: { readonly object: KubeObject | undefined; readonly oldObject: KubeObject | undefined },
  options: Readonly<Record<string, unknown>>,
  dryRun: boolean,
  kind: GroupVersionKind = kindOf(target.endpoint),
): AdmissionAttributes {
  return new Attributes(target, operation, objects, options, dryRun, kind);
}

/** The attributes of one write. The signal is asked for when a plugin wants it: making one costs more than most plugins. */
class Attributes implements AdmissionAttributes {
  readonly operation: AdmissionAttributes['operation'];
  readonly resource: AdmissionAttributes['resource'];
  readonly kind: GroupVersionKind;
  readonly subresource: string;
  readonly namespace: string;
  readonly name: string;
  object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
  readonly options: Readonly<Record<string, unknown>>;
  readonly dryRun: boolean;
  readonly #request: ApiRequest;

  constructor(
    { request, namespace, subresource, name, endpoint: { row, version } }: Target,
    operation: AdmissionAttributes['operation'],
    objects: { readonly object: KubeObject | undefined; readonly oldObject: KubeObject | undefined },
    options: Readonly<Record<string, unknown>>,
    dryRun: boolean,
    kind: GroupVersionKind,
  ) {
    this.operation = operation;
    this.resource = { group: row.group, version: version.name, resource: row.plural };
    this.kind = kind;
    this.subresource = subresource;
    this.namespace = namespace;
    // Options of connections have no metadata.
    this.name = name || (objects.object?.metadata?.name ?? '');
    this.object = objects.object;
    this.oldObject = objects.oldObject;
    this.options = options;
    this.dryRun = dryRun;
    this.#request = request;
  }

  get user() {
    return this.#request.user;
  }

  get warn() {
    return this.#request.warn;
  }

  get annotate() {
    return this.#request.annotate;
  }

  get signal() {
    return this.#request.signal;
  }
}

/** Is there a mutating plugin that wants to be asked? */
export function isAsked(target: Target, attributes: AdmissionAttributes): boolean {
  return target.machinery.admission.some((plugin) => plugin.admit !== undefined && plugin.handles(attributes));
}

/** Runs the mutating plugins; answers the object that came out, and whether any was asked. */
export async function admit(target: Target, attributes: AdmissionAttributes): Promise<boolean> {
  let asked = false;
  for (const plugin of target.machinery.admission) {
    if (plugin.admit === undefined || !plugin.handles(attributes)) continue;
    asked = true;
    await plugin.admit(attributes);
  }
  return asked;
}

/** Runs the validating plugins. */
export async function validateAdmission(target: Target, attributes: AdmissionAttributes): Promise<void> {
  for (const plugin of target.machinery.admission) {
    if (plugin.validate !== undefined && plugin.handles(attributes)) await plugin.validate(attributes);
  }
}
