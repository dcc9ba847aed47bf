import type { KubeObject, Shared } from '#kube/api';
import { cloneJson } from '#kube/codec';
import { metadataSpan, withoutManagedFields } from './metadata-text.ts';
import { fromText, withRevision } from './text.ts';

/**
 * One object as of one revision, held as text, because that is what reads are answered with. The parsed object is made when somebody
 * asks and is forgotten when nobody holds it; labels and selected fields are kept, because every filtered list wants them.
 */
export class CachedEntry {
  readonly key: string;
  readonly text: string;
  readonly revision: number;
  #object: WeakRef<KubeObject> | undefined;
  #slim: WeakRef<KubeObject> | undefined;
  /** An entry of another revision with the same text: what it has parsed need not be parsed again. */
  #twin: CachedEntry | undefined;
  #labels: Readonly<Record<string, string>> | undefined;
  #fields: Map<string, string> | undefined;

  constructor(key: string, text: string, revision: number, object?: KubeObject) {
    this.key = key;
    this.text = text;
    this.revision = revision;
    if (object !== undefined) this.#keep(object);
  }

  /** The JSON for clients, with its resourceVersion. */
  get json(): string {
    return withRevision(this.text, this.revision);
  }

  /** The parsed object, shared by all who ask: not to be changed. */
  get object(): Shared<KubeObject> {
    return this.#object?.deref() ?? this.#keep(this.#ofTwin() ?? this.copy());
  }

  /**
   * The object for those who have no use for its managed fields, which are half of most objects: it may have them nevertheless. Shared,
   * too. Remembered from the second time: whoever goes through all objects once does not fill the heap.
   */
  get slim(): Shared<KubeObject> {
    return this.#slim?.deref() ?? this.#object?.deref() ?? this.#keepSlim();
  }

  /**
   * A copy that the caller may change, but for `metadata.managedFields`, which is half of many objects and is only ever replaced as a
   * whole: it may be shared.
   */
  copy(): KubeObject {
    const known = this.#object?.deref();
    return known === undefined ? fromText(this.text, this.revision) : cloneJson(known, known.metadata.managedFields);
  }

  /**
   * The object for those who go through many, once: it is not remembered. Without its managed fields, unless `whole`; shared, it may be
   * somebody else's.
   */
  glance(whole = false): Shared<KubeObject> {
    const known = this.#object?.deref() ?? (whole ? undefined : this.#slim?.deref());
    return known ?? fromText(whole ? this.text : withoutManagedFields(this.text), this.revision);
  }

  /** The metadata alone, without managed fields: a fraction of the work. */
  get metadata(): Shared<KubeObject['metadata']> {
    const known = this.#slim?.deref() ?? this.#object?.deref();
    if (known !== undefined) return known.metadata;
    const span = metadataSpan(this.text);
    if (span === undefined) return this.slim.metadata;
    const { start, end, managedFields } = span;
    const text = this.text.slice(start, managedFields.start) + this.text.slice(managedFields.end, end);
    return { ...(JSON.parse(text) as KubeObject['metadata']), resourceVersion: String(this.revision) };
  }

  /** The JSON of the metadata for clients. */
  get metadataJson(): string {
    const span = metadataSpan(this.text);
    if (span === undefined) return JSON.stringify(this.object.metadata);
    const rest = this.text.slice(span.start + 1, span.end);
    return `{"resourceVersion":"${this.revision}"${rest === '}' ? '' : ','}${rest}`;
  }

  get labels(): Readonly<Record<string, string>> | undefined {
    if (this.#labels === undefined) this.#keepSlim();
    return this.#labels;
  }

  /** A selected field's text; `read` is asked once. */
  field(name: string, read: (object: KubeObject) => string): string {
    let value = this.#fields?.get(name);
    if (value === undefined) {
      value = read(this.glance() as KubeObject);
      this.#fields ??= new Map();
      this.#fields.set(name, value);
    }
    return value;
  }

  /** The same state as of a later revision: the last state of what was deleted then. */
  at(revision: number): CachedEntry {
    if (revision === this.revision) return this;
    const entry = new CachedEntry(this.key, this.text, revision);
    entry.#twin = this;
    return entry;
  }

  #ofTwin(): KubeObject | undefined {
    if (this.#twin === undefined) return undefined;
    const known = this.#twin.#object;
    const object = known?.deref();
    this.#twin = undefined;
    return object && { ...object, metadata: { ...object.metadata, resourceVersion: String(this.revision) } };
  }

  #keep(object: KubeObject): KubeObject {
    this.#object = new WeakRef(object);
    this.#labels = object.metadata.labels ?? NO_LABELS;
    return object;
  }

  #keepSlim(): KubeObject {
    const known = this.#ofTwin();
    if (known !== undefined) return this.#keep(known);
    const object = fromText(withoutManagedFields(this.text), this.revision);
    if (this.#labels !== undefined) this.#slim = new WeakRef(object);
    this.#labels = object.metadata.labels ?? NO_LABELS;
    return object;
  }
}

const NO_LABELS = Object.freeze({});
