/** The thread that parses and writes long YAML: takes one text after the other. */
import { parentPort } from 'node:worker_threads';
import { isStatusError } from '#kube/api';
import { encodeJson } from '../json/decode-json.ts';
import { decodeDocument } from './decode-document.ts';
import { yamlStringifier } from './stringifier.ts';

/** What came of a text: `json` and the keys that stood twice, or what is wrong with it. */
export type YamlReply = ReadReply | { readonly yaml: string };

/** YAML to be read, or JSON to be written as YAML. */
export type YamlRequest = { readonly yaml: string } | { readonly json: string };

type ReadReply = { readonly json: string; readonly duplicates: readonly string[] } | { readonly wrong: string };

parentPort?.on('message', (request: YamlRequest) => void reply(request));

async function reply(request: YamlRequest): Promise<void> {
  parentPort?.postMessage('yaml' in request ? await read(request.yaml) : await write(request.json));
}

async function write(json: string): Promise<YamlReply> {
  const stringify = await yamlStringifier();
  return { yaml: stringify(JSON.parse(json)) };
}

async function read(text: string): Promise<YamlReply> {
  try {
    const { value, duplicates } = await decodeDocument(text);
    return { json: encodeJson(value), duplicates };
  } catch (error) {
    if (isStatusError(error, 'BadRequest')) return { wrong: error.message };
    throw error;
  }
}
