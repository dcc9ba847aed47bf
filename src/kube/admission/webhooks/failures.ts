import { messageOf } from '../common/refuse.ts';

/** An answer with a status that is no success. */
class StatusFailure extends Error {}

const MAX_SHOWN = 256;
const UNKNOWN_AUTHORITY = 'tls: failed to verify certificate: x509: certificate signed by unknown authority';

/** What clients and their scripts look for, by the codes of the runtime. */
const WORDS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'connect: connection refused'],
  ['ECONNRESET', 'read: connection reset by peer'],
  ['EHOSTUNREACH', 'connect: no route to host'],
  ['ENOTFOUND', 'no such host'],
  ['SELF_SIGNED_CERT_IN_CHAIN', UNKNOWN_AUTHORITY],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', UNKNOWN_AUTHORITY],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', UNKNOWN_AUTHORITY],
  ['CERT_HAS_EXPIRED', 'tls: failed to verify certificate: x509: certificate has expired or is not yet valid'],
]);

/** The error of an answer that is no success, in the words of upstream's client. */
export function describeStatus(statusCode: number, text: string): Error {
  if (statusCode >= 500) {
    return new StatusFailure(
      `an error on the server (${JSON.stringify(text.slice(0, MAX_SHOWN))}) has prevented the request from succeeding`,
    );
  }
  if (statusCode === 404) return new StatusFailure('the server could not find the requested resource');
  return new StatusFailure(
    `the server responded with the status code ${statusCode} but did not return more information`,
  );
}

/** `Post "https://…": context deadline exceeded`. */
export function describeFailure(url: URL, error: unknown): Error {
  if (error instanceof StatusFailure) return error;
  return new Error(`Post ${JSON.stringify(url.href)}: ${whyOf(error)}`, { cause: error });
}

function whyOf(error: unknown): string {
  if (error instanceof SyntaxError) return `the answer is not JSON: ${error.message}`;
  const { name, code = '' } = error as NodeJS.ErrnoException;
  if (name === 'AbortError' || name === 'TimeoutError') return 'context deadline exceeded';
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `tls: failed to verify certificate: x509: ${messageOf(error)}`;
  }
  const words = WORDS.get(code);
  if (words === undefined) return messageOf(error);
  const { address, port } = error as { address?: string; port?: number };
  return address === undefined
    ? words
    : `dial tcp ${address.includes(':') ? `[${address}]` : address}:${port}: ${words}`;
}
