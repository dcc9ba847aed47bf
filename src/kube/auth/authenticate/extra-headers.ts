import type { Credentials, UserInfo } from '../contract.ts';

type Headers = Credentials['headers'];

/** All values of a header. Node joins lines of the same name with commas, unless the server gives them apart. */
export function headerValues(headers: Headers, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  return typeof value === 'string' ? value.split(', ').filter((one) => one !== '') : value;
}

/** The one value of a header; of several lines the first. */
export function headerValue(headers: Headers, name: string): string | undefined {
  const value = headers[name];
  return (typeof value === 'string' ? value : value?.[0]) || undefined;
}

/** Extra fields of a user from headers that start with `prefix`: keys are percent-encoded and in lower case. Undefined without any. */
export function extraOf(headers: Headers, prefix: string): UserInfo['extra'] {
  const found: [string, readonly string[]][] = [];
  for (const name in headers) {
    if (name.startsWith(prefix)) found.push([decodeKey(name.slice(prefix.length)), headerValues(headers, name)]);
  }
  // fromEntries makes own properties of every name, `__proto__` too.
  return found.length === 0 ? undefined : Object.fromEntries(found);
}

/** Header names cannot hold `/`, so clients encode it; what is no encoding is taken as it is. */
function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch (error) {
    if (error instanceof URIError) return text;
    throw error;
  }
}
