import { isStatusError } from '#kube/api';
import { type Decoded, decodeJson } from '../json/decode-json.ts';
import { decodeDocument } from './decode-document.ts';
import { yamlThread } from './yaml-thread.ts';

/** Characters that are parsed in some ten milliseconds: what is longer must not hold the event loop. */
const LONG_TEXT = 16 * 1024;

/**
 * Parses a YAML body of one document into a JSON value, with the scalars of upstream's library (see `goTags`). JSON,
 * which is what kubectl sends under this name, goes the fast way. Throws a 400 for what isn't YAML, for several
 * documents and for alias bombs. What may take long is parsed in a thread of its own.
 */
export async function decodeYaml(text: string): Promise<Decoded> {
  return asJson(text) ?? (maybeSlow(text) ? yamlThread.decode(text) : decodeDocument(text));
}

/** Long ones take long, and so may short ones with aliases: the parser looks for each anchor through the whole document. */
function maybeSlow(text: string): boolean {
  return text.length > LONG_TEXT || (text.includes('&') && text.includes('*'));
}

/** Text in braces is JSON or else a YAML flow map. */
function asJson(text: string): Decoded | undefined {
  if (!/^\s*\{/.test(text)) return undefined;
  try {
    return decodeJson(text);
  } catch (error) {
    if (isStatusError(error, 'BadRequest')) return undefined;
    throw error;
  }
}
