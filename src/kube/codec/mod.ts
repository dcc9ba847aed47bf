/** Bodies of requests and answers: strict JSON, YAML, and what a schema makes of them. Protobuf has a door of its own. */
export {
  asInText,
  type ComplaintOrder,
  DUPLICATES_FIRST,
  fieldComplaints,
  strictDecodingError,
} from './conform/complaints.ts';
export { conform } from './conform/conform.ts';
export { cloneJson } from './json/clone-json.ts';
export { type Decoded, decodeJson, encodeJson, MAX_DEPTH } from './json/decode-json.ts';
export { setOwn } from './json/own-property.ts';
export { isRawNumber, type RawNumber } from './json/raw-number.ts';
export { decodeYaml } from './yaml/decode-yaml.ts';
export { encodeYaml } from './yaml/encode-yaml.ts';
export { yamlStringifier } from './yaml/stringifier.ts';
