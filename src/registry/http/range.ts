/** A part of a file: `end` is the first byte that is not of it. */
export interface ByteRange {
  start: number;
  end: number;
}

/**
 * Reads a Range header (RFC 9110, 14.2) for `sizeBytes` bytes. Undefined: all of it, also where several ranges are asked for, as servers
 * may choose. 'unsatisfiable': 416.
 */
export function parseRange(header: string | undefined, sizeBytes: number): ByteRange | undefined | 'unsatisfiable' {
  const match = /^bytes=(\d*)-(\d*)$/.exec(header?.replaceAll(' ', '') ?? '');
  if (match === null || match[0] === 'bytes=-') return undefined;
  const [, first = '', last = ''] = match;
  if (first === '') return suffix(Number(last), sizeBytes);
  const start = Number(first);
  const end = last === '' ? sizeBytes : Math.min(Number(last) + 1, sizeBytes);
  // RFC 9110 would have it ignored; the conformance suite wants 416.
  if (last !== '' && Number(last) < start) return 'unsatisfiable';
  return start < sizeBytes ? { start, end } : 'unsatisfiable';
}

function suffix(length: number, sizeBytes: number): ByteRange | 'unsatisfiable' {
  if (length === 0 || sizeBytes === 0) return 'unsatisfiable';
  return { start: Math.max(0, sizeBytes - length), end: sizeBytes };
}

/** The Content-Range of a chunk (distribution spec, "Pushing a blob in chunks"): `<start>-<end>`, both inclusive. 'malformed': 416. */
export function parseContentRange(header: string | undefined): ByteRange | undefined | 'malformed' {
  if (header === undefined) return undefined;
  const match = /^(?:bytes[ =])?(\d{1,15})-(\d{1,15})(?:\/(?:\d+|\*))?$/.exec(header.trim());
  if (match === null) return 'malformed';
  const [start, last] = [Number(match[1]), Number(match[2])];
  return last < start ? 'malformed' : { start, end: last + 1 };
}
