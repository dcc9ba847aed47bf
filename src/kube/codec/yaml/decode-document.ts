import type * as Yaml from 'yaml';
import { badRequest } from '#kube/api';
import type { Decoded } from '../json/decode-json.ts';
import { goTags } from './tags.ts';
import { YamlToJson } from './to-json.ts';

/** Brackets that may be open at once, also in quoted text, where they mean nothing: far more than anybody writes. */
const MAX_OPEN_BRACKETS = 2_000;

/** The parser is slow with what nests deep, and runs on the event loop: such text is refused before it gets there. */
function refuseDeepNesting(text: string): void {
  let open = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === 0x7b || code === 0x5b) open++;
    else if ((code === 0x7d || code === 0x5d) && open > 0) open--;
    if (open > MAX_OPEN_BRACKETS) throw badRequest('the body of the request nests too deep');
  }
}

/** Parses a YAML document that isn't plain JSON, in the calling thread. Throws as `decodeYaml` does. */
export async function decodeDocument(text: string): Promise<Decoded> {
  refuseDeepNesting(text);
  const yaml = await import('yaml');
  const [document, ...others] = parse(yaml, text);
  if (document === undefined) return { value: null, duplicates: [] };
  if (others.length > 0) throw badRequest('error converting YAML to JSON: yaml: the body holds several documents');
  const [error] = document.errors;
  if (error !== undefined) throw notYaml(error);
  const converter = new YamlToJson(yaml, document);
  return { value: converter.value(document.contents), duplicates: converter.duplicates };
}

function parse(yaml: typeof Yaml, text: string): Yaml.Document.Parsed[] {
  try {
    const documents = yaml.parseAllDocuments(text, {
      version: '1.2',
      schema: 'core',
      customTags: goTags,
      uniqueKeys: false,
      logLevel: 'silent',
    });
    return Array.isArray(documents) ? documents : [];
  } catch (cause) {
    if (cause instanceof RangeError) throw notYaml(cause);
    throw cause;
  }
}

/**
 * The library's parser calls itself: what nests thousands of levels exhausts its stack, which it tells in an error of
 * its own.
 */
function notYaml(cause: Error): Error {
  if (/call stack/.test(cause.message)) return badRequest('the body of the request nests too deep', cause);
  return badRequest(`error converting YAML to JSON: yaml: ${cause.message}`, cause);
}
