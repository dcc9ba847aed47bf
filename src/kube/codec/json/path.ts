/** Steps from the top of a document: keys, list positions, and keys of maps where those are told apart from fields. */
export type JsonPath = (string | number | { readonly key: string })[];

/** `spec.containers[0].name`, as upstream names fields in strict decoding errors. */
export function formatPath(path: Readonly<JsonPath>): string {
  let text = '';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else text += (text === '' ? '' : '.') + (typeof step === 'string' ? step : step.key);
  }
  return text;
}

/** No more fields of one document than this are complained about. */
export const MAX_COMPLAINTS = 100;

/** Remembers a complaint about a field once, and not without end. */
export function complain(complaints: string[], path: string): void {
  if (complaints.length < MAX_COMPLAINTS && !complaints.includes(path)) complaints.push(path);
}
