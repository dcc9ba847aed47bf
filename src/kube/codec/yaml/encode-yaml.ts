import { encodeJson } from '../json/decode-json.ts';
import { yamlStringifier } from './stringifier.ts';
import { yamlThread } from './yaml-thread.ts';

/** Characters of JSON that are written as YAML in some ten milliseconds. */
const LONG_JSON = 32 * 1024;

/** The YAML of a value. Long ones are written in a thread of their own. */
export async function encodeYaml(value: unknown): Promise<string> {
  const json = encodeJson(value);
  if (json.length > LONG_JSON) return yamlThread.encode(json);
  const stringify = await yamlStringifier();
  return stringify(value);
}
