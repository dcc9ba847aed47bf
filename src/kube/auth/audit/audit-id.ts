import { randomUUID } from 'node:crypto';

/** The id of a request: the client's own, where it is short and printable, or a new one. It is answered in the header `Audit-Id`. */
export function auditIdOf(header: string | readonly string[] | undefined): string {
  return typeof header === 'string' && /^[\x21-\x7e]{1,64}$/.test(header) ? header : randomUUID();
}
