/** The thread that parses long YAML: takes texts, answers with JSON. */
import { parentPort } from 'node:worker_threads';
import { isStatusError } from '#kube/api';
import { encodeJson } from '../json/decode-json.ts';
import { decodeDocument } from './decode-document.ts';

/** What came of a text: `json` and the keys that stood twice, or what is wrong with it. */
export type YamlReply = { readonly json: string; readonly duplicates: readonly string[] } | { readonly wrong: string };

parentPort?.on('message', (text: string) => void reply(text));

async function reply(text: string): Promise<void> {
  parentPort?.postMessage(await read(text));
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
