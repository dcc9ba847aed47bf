import { definition } from './definition.ts';
import { readGenerated } from './structure.ts';

/** What types and fields are for, in upstream's words. Made for one use and let go: it weighs a megabyte. */
export interface Descriptions {
  /** The text of a definition by full name, or of one of its fields; undefined where there is none. */
  of(name: string, field?: string): string | undefined;
}

/** Definitions and fields that the artefact has no words for. */
const OWN_WORDS: Readonly<Record<string, string>> = {
  'io.k8s.apimachinery.pkg.api.resource.Quantity':
    'A number in fixed point with an optional suffix: decimal (n, u, m, k, M, G, T, P, E), binary ' +
    '(Ki, Mi, Gi, Ti, Pi, Ei) or an exponent (e3). It may stand as a JSON string or number; the server answers a string in ' +
    'canonical form.',
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': 'A number (int32) or a string.',
  'io.k8s.apimachinery.pkg.runtime.RawExtension': 'Any object; its type is known to the one who put it here.',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1':
    'A set of fields as a trie: a key is `f:<name>` for a field, `v:<value>` for an item of a set, `k:<keys>` for ' +
    'an item of a list that is a map, `i:<position>` for any other item, and `.` for the node itself.',
  'io.k8s.apimachinery.pkg.apis.meta.v1.MicroTime': 'A moment as RFC 3339 has it, in microseconds.',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Patch': 'A patch; its media type says of which kind.',
  'io.k8s.apimachinery.pkg.apis.meta.v1.Time': 'A moment as RFC 3339 has it, in seconds.',
};
const FIELD_WORDS: Readonly<Record<string, string>> = {
  metadata: 'What every object has: its name, its namespace, labels, annotations and what the server keeps of it.',
  spec: 'The desired state.',
  status: 'The state as it was last observed. The system writes it.',
};

/** Reads all texts: a few milliseconds. */
export function readDescriptions(): Descriptions {
  const texts = new Map(Object.entries(readGenerated<Record<string, readonly string[]>>('descriptions.json')));
  const own = (name: string) => texts.get(name)?.[0] || OWN_WORDS[name];
  return {
    of(name, field) {
      if (field === undefined) return own(name);
      const { properties = {} } = definition(name);
      const position = Object.keys(properties).indexOf(field);
      if (position < 0) return undefined;
      const text = texts.get(name)?.[position + 1];
      if (text) return text;
      if (Object.hasOwn(FIELD_WORDS, field)) return FIELD_WORDS[field];
      // The artefact has no words for fields that are objects: those of the type are better than none.
      const type = properties[field]?.$ref;
      return type === undefined ? undefined : own(type);
    },
  };
}
