/** The messages of etcd's API v3 that we exchange (etcdserverpb/rpc.proto, mvccpb/kv.proto); fields we do not need are skipped. */
import type { Entry, Value } from '../contract.ts';
import { bytes, type Field, fields, message, toNumber, varint } from './protobuf.ts';
import { readValue } from './value.ts';

/** A range of keys; without `end` the one key. */
export interface KeyRange {
  readonly key: string;
  readonly end?: string;
}

/** `key` and `end` that mean all keys. */
const ALL = '\0';

/** RangeResponse. */
export interface RangeAnswer {
  revision: number;
  entries: Entry[];
  /** Keys of the range, however many were asked for. */
  count: number;
}

/** TxnResponse of a comparison with one operation on each side. */
export interface TxnAnswer {
  revision: number;
  succeeded: boolean;
  /** Of a success, what was there before; of a failure, what is there. */
  entry: Entry | undefined;
}

/** Event. */
export interface WatchEvent {
  isDelete: boolean;
  entry: Entry;
  previous: Entry | undefined;
}

/** WatchResponse. */
export interface WatchAnswer {
  revision: number;
  created: boolean;
  canceled: boolean;
  compactRevision: number;
  cancelReason: string;
  /** More of the same follows. */
  fragment: boolean;
  events: WatchEvent[];
}

/** The range of all keys that start with `prefix`, from `lower` on. */
export function prefixRange(lower: string, prefixEnd: string | undefined): Required<KeyRange> {
  return { key: lower === '' ? ALL : lower, end: prefixEnd ?? ALL };
}

/** RangeRequest. */
export function rangeRequest(
  range: KeyRange,
  options: { limit?: number; revision?: number; countOnly?: boolean } = {},
): Buffer {
  const { limit = 0, revision = 0, countOnly = false } = options;
  return Buffer.concat([
    bytes(1, range.key),
    bytes(2, range.end),
    varint(3, limit),
    varint(4, revision),
    varint(9, countOnly),
  ]);
}

/** TxnRequest: does `operation` where the key's mod_revision is `expected`, and else reads the key. */
export function swapRequest(key: string, expected: number, operation: Buffer): Buffer {
  const MOD = 2;
  // mod_revision is one of a oneof: it stands there even where it is 0.
  const target = expected === 0 ? Buffer.from([6 << 3, 0]) : varint(6, expected);
  const compare = Buffer.concat([varint(2, MOD), bytes(3, key), target]);
  return Buffer.concat([message(1, compare), message(2, operation), message(3, message(1, rangeRequest({ key })))]);
}

/** TxnRequest of upstream's compaction: puts where the key's version is `version`, and else reads it. */
export function versionedPutRequest(key: string, version: number, value: string): Buffer {
  const target = version === 0 ? Buffer.from([4 << 3, 0]) : varint(4, version);
  const compare = Buffer.concat([bytes(3, key), target]);
  return Buffer.concat([
    message(1, compare),
    message(2, putOperation(key, value, 0n)),
    message(3, message(1, rangeRequest({ key }))),
  ]);
}

/** RequestOp of a put that tells what was before. */
export function putOperation(key: string, value: Value, lease: bigint): Buffer {
  const put = Buffer.concat([bytes(1, key), bytes(2, value), varint(3, lease), varint(4, true)]);
  return message(2, put);
}

/** RequestOp of a delete that tells what was before. */
export function deleteOperation(key: string): Buffer {
  return message(3, Buffer.concat([bytes(1, key), varint(3, true)]));
}

/** WatchRequest that creates the only watch of a stream. */
export function watchCreateRequest(range: KeyRange, startRevision: number): Buffer {
  const create = [bytes(1, range.key), bytes(2, range.end), varint(3, startRevision)];
  const PROGRESS_NOTIFY = varint(4, true);
  const PREV_KV = varint(6, true);
  const FRAGMENT = varint(8, true);
  return message(1, Buffer.concat([...create, PROGRESS_NOTIFY, PREV_KV, FRAGMENT]));
}

/** WatchRequest for progress. */
export function watchProgressRequest(): Buffer {
  return message(3, '');
}

/** CompactionRequest. */
export function compactionRequest(revision: number): Buffer {
  return varint(1, revision);
}

/** LeaseGrantRequest; the server chooses the id. */
export function leaseGrantRequest(ttlSeconds: number): Buffer {
  return varint(1, ttlSeconds);
}

/** AuthenticateRequest. */
export function authenticateRequest(name: string, password: string): Buffer {
  return Buffer.concat([bytes(1, name), bytes(2, password)]);
}

/** AuthenticateResponse: the token. */
export function readAuthenticateResponse(buffer: Buffer): string {
  return [...fields(buffer)].find((field) => field.number === 2)?.bytes?.toString() ?? '';
}

/** StatusResponse: the version of the member. */
export function readStatusResponse(buffer: Buffer): string {
  return [...fields(buffer)].find((field) => field.number === 2)?.bytes?.toString() ?? '';
}

/** LeaseGrantResponse: the id. */
export function readLeaseGrantResponse(buffer: Buffer): bigint {
  const id = [...fields(buffer)].find((field) => field.number === 2)?.varint;
  if (id === undefined) throw new RangeError('etcd granted a lease without an id');
  return id;
}

/** RangeResponse. */
export function readRangeResponse(buffer: Buffer): RangeAnswer {
  const answer: RangeAnswer = { revision: 0, entries: [], count: 0 };
  for (const field of fields(buffer)) {
    if (field.number === 1) answer.revision = readHeader(field);
    if (field.number === 2) answer.entries.push(readKeyValue(field).entry);
    if (field.number === 4) answer.count = toNumber(field);
  }
  return answer;
}

/** TxnResponse of one of our requests, which have one operation on each side. */
export function readTxnResponse(buffer: Buffer): TxnAnswer & { version: number } {
  const answer: TxnAnswer & { version: number } = { revision: 0, succeeded: false, entry: undefined, version: 0 };
  for (const field of fields(buffer)) {
    if (field.number === 1) answer.revision = readHeader(field);
    if (field.number === 2) answer.succeeded = toNumber(field) === 1;
    if (field.number !== 3 || field.bytes === undefined) continue;
    for (const operation of fields(field.bytes)) {
      const found = firstKeyValue(operation);
      answer.entry = found?.entry;
      answer.version = found?.version ?? 0;
    }
  }
  return answer;
}

/** The key-value of a RangeResponse (1), PutResponse (2) or DeleteRangeResponse (3) in a ResponseOp. */
function firstKeyValue(operation: Field): { entry: Entry; version: number } | undefined {
  const number = operation.number === 3 ? 3 : 2;
  for (const field of fields(operation.bytes ?? Buffer.alloc(0)))
    if (field.number === number) return readKeyValue(field);
  return undefined;
}

/** WatchResponse. */
export function readWatchResponse(buffer: Buffer): WatchAnswer {
  const answer: WatchAnswer = {
    revision: 0,
    created: false,
    canceled: false,
    compactRevision: 0,
    cancelReason: '',
    fragment: false,
    events: [],
  };
  for (const field of fields(buffer)) {
    if (field.number === 1) answer.revision = readHeader(field);
    if (field.number === 3) answer.created = toNumber(field) === 1;
    if (field.number === 4) answer.canceled = toNumber(field) === 1;
    if (field.number === 5) answer.compactRevision = toNumber(field);
    if (field.number === 6) answer.cancelReason = field.bytes?.toString() ?? '';
    if (field.number === 7) answer.fragment = toNumber(field) === 1;
    if (field.number === 11) answer.events.push(readEvent(field));
  }
  return answer;
}

function readEvent(event: Field): WatchEvent {
  let isDelete = false;
  let entry: Entry | undefined;
  let previous: Entry | undefined;
  for (const field of fields(event.bytes ?? Buffer.alloc(0))) {
    if (field.number === 1) isDelete = toNumber(field) === 1;
    if (field.number === 2) entry = readKeyValue(field).entry;
    if (field.number === 3) previous = readKeyValue(field).entry;
  }
  if (entry === undefined) throw new RangeError('etcd sent an event without a key');
  return { isDelete, entry, previous };
}

function readHeader(header: Field): number {
  for (const field of fields(header.bytes ?? Buffer.alloc(0))) if (field.number === 3) return toNumber(field);
  return 0;
}

function readKeyValue(keyValue: Field): { entry: Entry; version: number } {
  let key = '';
  let value: Value = '';
  let modRevision = 0;
  let version = 0;
  for (const field of fields(keyValue.bytes ?? Buffer.alloc(0))) {
    if (field.number === 1) key = field.bytes?.toString() ?? '';
    if (field.number === 3) modRevision = toNumber(field);
    if (field.number === 4) version = toNumber(field);
    if (field.number === 5 && field.bytes !== undefined) value = readValue(field.bytes);
  }
  return { entry: { key, value, modRevision }, version };
}
