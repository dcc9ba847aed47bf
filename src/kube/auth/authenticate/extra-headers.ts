import type { Credentials, UserInfo } from '../contract.ts';

/** All values of a header, one a line: a comma is part of a value. */
export function headerValues({ headers, rawHeaders }: Credentials, name: string): readonly string[] {
  const value = headers[name];
  if (value === undefined) return [];
  if (rawHeaders === undefined) return (typeof value === 'string' ? [value] : value).filter((one) => one !== '');
  const values: string[] = [];
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) {
    const text = rawHeaders[at + 1] as string;
    if ((rawHeaders[at] as string).toLowerCase() === name && text !== '') values.push(text);
  }
  return values;
}

/** The one value of a header; of several lines the first. */
export function headerValue(credentials: Credentials, name: string): string | undefined {
  return headerValues(credentials, name)[0];
}

/** Extra fields of a user from headers that start with `prefix`: keys are percent-encoded and in lower case. Undefined without any. */
export function extraOf(credentials: Credentials, prefix: string): UserInfo['extra'] {
  const found: [string, readonly string[]][] = [];
  for (const name in credentials.headers) {
    if (name.startsWith(prefix)) found.push([decodeKey(name.slice(prefix.length)), headerValues(credentials, name)]);
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
