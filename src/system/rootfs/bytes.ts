/**
 * File names are bytes, not text. In this folder a name is a string with one character (U+0000–U+00FF) a byte, so
 * that names which are not valid UTF-8 survive; these functions lead in and out.
 */
export type ByteString = string;

const ASCII_ONLY = /^[\x00-\x7f]*$/;

/** The bytes of a name for `node:fs`. */
export function toPath(name: ByteString): string | Buffer {
  return ASCII_ONLY.test(name) ? name : Buffer.from(name, 'latin1');
}

/** The bytes of a name for the C library. */
export function toCPath(name: ByteString): string | Buffer {
  return ASCII_ONLY.test(name) ? name : Buffer.from(`${name}\0`, 'latin1');
}

/** The bytes of a text in UTF-8. */
export function fromText(text: string): ByteString {
  return ASCII_ONLY.test(text) ? text : Buffer.from(text, 'utf8').toString('latin1');
}

/** A name as text for people and JSON; bytes that are not UTF-8 become U+FFFD. */
export function toText(name: ByteString): string {
  return ASCII_ONLY.test(name) ? name : Buffer.from(name, 'latin1').toString('utf8');
}
