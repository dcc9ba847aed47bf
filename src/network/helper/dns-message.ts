/**
 * The part of the DNS wire format (RFC 1035 §4) that a forwarding server for containers needs: it reads the header and
 * the question of queries and writes answers to them. Everything else passes through as bytes.
 */
import { Buffer } from 'node:buffer';

export const RecordType = { A: 1, PTR: 12, AAAA: 28, OPT: 41, ANY: 255 } as const;
export const ResponseCode = { NOERROR: 0, FORMERR: 1, SERVFAIL: 2, NXDOMAIN: 3, NOTIMP: 4, REFUSED: 5 } as const;

const HEADER_BYTES = 12;
const CLASS_INTERNET = 1;
const MAX_NAME_BYTES = 255;
const FLAG_RESPONSE = 0x8000;
const FLAG_TRUNCATED = 0x0200;
const FLAG_RECURSION_DESIRED = 0x0100;
const FLAG_RECURSION_AVAILABLE = 0x0080;
const OPCODE_MASK = 0x7800;
const CLASSIC_UDP_BYTES = 512;
/** More than this is better asked by TCP: larger datagrams get fragmented (RFC 9715). */
const MAX_UDP_BYTES = 1232;

/** A query with one question. */
export interface Query {
  id: number;
  /** Lower case, without the final dot; the root is empty. */
  name: string;
  type: number;
  class: number;
  /** Bytes of the message up to the end of the question. */
  head: Buffer;
  /** Size of the largest answer that the client takes in a datagram. */
  maxUdpBytes: number;
  hasEdns: boolean;
}

/** A resource record of an answer, about the name of the question. */
export interface AnswerRecord {
  type: number;
  ttlS: number;
  data: Buffer;
}

/** Reads a query. `undefined`: no answer is due (a response, or no header); a number: answer with this code. */
export function parseQuery(message: Buffer): Query | number | undefined {
  if (message.length < HEADER_BYTES) return undefined;
  const flags = message.readUInt16BE(2);
  if ((flags & FLAG_RESPONSE) !== 0) return undefined;
  if ((flags & OPCODE_MASK) !== 0) return ResponseCode.NOTIMP;
  if (message.readUInt16BE(4) !== 1) return ResponseCode.FORMERR;
  const question = readName(message, HEADER_BYTES);
  if (question === undefined || question.end + 4 > message.length) return ResponseCode.FORMERR;
  const end = question.end + 4;
  const edns = readEdns(message, end);
  return {
    id: message.readUInt16BE(0),
    name: question.name,
    type: message.readUInt16BE(question.end),
    class: message.readUInt16BE(question.end + 2),
    head: message.subarray(0, end),
    maxUdpBytes: Math.min(Math.max(edns ?? 0, CLASSIC_UDP_BYTES), MAX_UDP_BYTES),
    hasEdns: edns !== undefined,
  };
}

/** A name of a question: labels without compression, because nothing stands before it to point at. */
function readName(message: Buffer, start: number): { name: string; end: number } | undefined {
  const labels: string[] = [];
  let offset = start;
  while (offset < message.length && offset - start < MAX_NAME_BYTES) {
    const length = message.readUInt8(offset);
    offset += 1;
    if (length === 0) return { name: labels.join('.').toLowerCase(), end: offset };
    if (length > 63 || offset + length > message.length) return undefined;
    labels.push(message.toString('latin1', offset, offset + length));
    offset += length;
  }
  return undefined;
}

/** The datagram size in the OPT record (RFC 6891 §6.1.2), which in a query is the first and usually only additional record. */
function readEdns(message: Buffer, offset: number): number | undefined {
  const isAlone = message.readUInt16BE(6) === 0 && message.readUInt16BE(8) === 0 && message.readUInt16BE(10) > 0;
  if (!isAlone || offset + 11 > message.length || message.readUInt8(offset) !== 0) return undefined;
  if (message.readUInt16BE(offset + 1) !== RecordType.OPT) return undefined;
  return message.readUInt16BE(offset + 3);
}

/** An answer to `query`. One that is larger than `maxBytes` is cut to nothing and says so: the client asks again by TCP. */
export function encodeResponse(
  query: Query,
  code: number,
  answers: readonly AnswerRecord[] = [],
  maxBytes = 65_535,
): Buffer {
  const full = assemble(query, code, answers, 0);
  return full.length <= maxBytes ? full : assemble(query, code, [], FLAG_TRUNCATED);
}

function assemble(query: Query, code: number, answers: readonly AnswerRecord[], extraFlags: number): Buffer {
  const head = Buffer.from(query.head);
  const asked = head.readUInt16BE(2) & FLAG_RECURSION_DESIRED;
  head.writeUInt16BE(FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE | extraFlags | asked | code, 2);
  head.writeUInt16BE(answers.length, 6);
  head.writeUInt16BE(0, 8);
  head.writeUInt16BE(query.hasEdns ? 1 : 0, 10);
  const parts = [head, ...answers.map(encodeRecord)];
  if (query.hasEdns) parts.push(ednsRecord());
  return Buffer.concat(parts);
}

/** The owner of every record is the question's name: a pointer to byte 12 (RFC 1035 §4.1.4). */
function encodeRecord({ type, ttlS, data }: AnswerRecord): Buffer {
  const fixed = Buffer.alloc(12);
  fixed.writeUInt16BE(0xc000 | HEADER_BYTES, 0);
  fixed.writeUInt16BE(type, 2);
  fixed.writeUInt16BE(CLASS_INTERNET, 4);
  fixed.writeUInt32BE(ttlS, 6);
  fixed.writeUInt16BE(data.length, 10);
  return Buffer.concat([fixed, data]);
}

function ednsRecord(): Buffer {
  const record = Buffer.alloc(11);
  record.writeUInt16BE(RecordType.OPT, 1);
  record.writeUInt16BE(MAX_UDP_BYTES, 3);
  return record;
}

/** An answer that consists of a header only, for queries that could not be read. */
export function encodeFailure(message: Buffer, code: number): Buffer {
  const head = Buffer.alloc(HEADER_BYTES);
  message.copy(head, 0, 0, 2);
  head.writeUInt16BE(FLAG_RESPONSE | FLAG_RECURSION_AVAILABLE | code, 2);
  return head;
}

/** A domain name in wire format, without compression; labels over 63 bytes are cut. */
export function encodeName(name: string): Buffer {
  const labels = name.split('.').filter(Boolean);
  const parts = labels.map((label) => {
    const bytes = Buffer.from(label).subarray(0, 63);
    return Buffer.concat([Uint8Array.of(bytes.length), bytes]);
  });
  return Buffer.concat([...parts, Uint8Array.of(0)]);
}

/** True when `reply` answers `query`: same question, and it is a response. The id is compared by the caller. */
export function answersQuestion(reply: Buffer, query: Query): boolean {
  const { head } = query;
  if (reply.length < head.length || (reply.readUInt16BE(2) & FLAG_RESPONSE) === 0) return false;
  const same = (buffer: Buffer) => buffer.toString('latin1', HEADER_BYTES, head.length).toLowerCase();
  return same(reply) === same(head);
}

/** The response code of a message. */
export function responseCode(message: Buffer): number {
  return message.readUInt16BE(2) & 0xf;
}

/** The address that a name under in-addr.arpa or ip6.arpa stands for (RFC 1035 §3.5, RFC 3596 §2.5). */
export function reverseAddress(name: string): string | undefined {
  const v4 = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.in-addr\.arpa$/.exec(name);
  if (v4 !== null) return v4.slice(1).reverse().join('.');
  const v6 = /^((?:[0-9a-f]\.){32})ip6\.arpa$/.exec(name);
  if (v6 === null) return undefined;
  const digits = v6[1]?.split('.').reverse().join('') ?? '';
  return digits.match(/.{4}/g)?.join(':');
}
