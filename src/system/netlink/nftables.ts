/**
 * The part of nftables' netlink interface (linux/netfilter/nf_tables.h) that containers need on their hot path:
 * elements of sets and maps, and small rule sets built from expressions. Numbers are in network order.
 * A batch is one transaction: the kernel applies all of it or nothing.
 */
import { attribute, be32, nested, text } from './attributes.ts';
import {
  encodeMessage,
  NetlinkError,
  type NetlinkMessage,
  type NetlinkSocket,
  NlmFlag,
  throwOnError,
} from './socket.ts';

/** Families of tables. */
export const TableFamily = { INET: 1, IP: 2, IP6: 10 } as const;
export type TableFamilyNumber = (typeof TableFamily)[keyof typeof TableFamily];

const SUBSYSTEM_NFTABLES = 10;
const NFNL_MSG_BATCH_BEGIN = 0x10;
const NFNL_MSG_BATCH_END = 0x11;
/** Message types (`enum nf_tables_msg_types`). */
const Message = {
  NEWTABLE: 0,
  GETTABLE: 1,
  DELTABLE: 2,
  NEWCHAIN: 3,
  NEWRULE: 6,
  NEWSETELEM: 12,
  DELSETELEM: 14,
} as const;

const NFTA_SET_ELEM_LIST_TABLE = 1;
const NFTA_SET_ELEM_LIST_SET = 2;
const NFTA_SET_ELEM_LIST_ELEMENTS = 3;
const NFTA_LIST_ELEM = 1;
const NFTA_SET_ELEM_KEY = 1;
const NFTA_SET_ELEM_DATA = 2;
const NFTA_SET_ELEM_FLAGS = 3;
const NFT_SET_ELEM_INTERVAL_END = 1;
const NFTA_DATA_VALUE = 1;

/** One step of a transaction. */
export interface NftOperation {
  type: number;
  flags: number;
  family: TableFamilyNumber;
  body: Buffer;
}

/** An element: the bytes of its key and, in a map, of its value. Parts of concatenations are padded to four bytes. */
export interface SetElement {
  key: Uint8Array;
  data?: Uint8Array;
  /** In a set of intervals: this key is the first one behind an interval. */
  isIntervalEnd?: boolean;
}

/** Which set or map. */
export interface SetReference {
  family: TableFamilyNumber;
  table: string;
  set: string;
}

/** Pads each part to four bytes and joins them: how nftables lays out `a . b . c`. */
export function concatenation(...parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(parts.flatMap((part) => [part, Buffer.alloc((4 - (part.length % 4)) % 4)]));
}

/** An interface name as a set of type `ifname` keeps it: sixteen bytes. */
export function interfaceNameBytes(name: string): Buffer {
  const bytes = Buffer.alloc(16);
  bytes.write(name, 'utf8');
  return bytes;
}

/** A port number in network order. */
export function portBytes(port: number): Buffer {
  return Buffer.from([port >> 8, port & 0xff]);
}

function elementList({ table, set }: SetReference, elements: readonly SetElement[]): Buffer {
  const items = elements.map(({ key, data, isIntervalEnd }) => {
    const parts = [nested(NFTA_SET_ELEM_KEY, attribute(NFTA_DATA_VALUE, key))];
    if (data !== undefined) parts.push(nested(NFTA_SET_ELEM_DATA, attribute(NFTA_DATA_VALUE, data)));
    if (isIntervalEnd) parts.push(be32(NFTA_SET_ELEM_FLAGS, NFT_SET_ELEM_INTERVAL_END));
    return nested(NFTA_LIST_ELEM, ...parts);
  });
  const parts = [text(NFTA_SET_ELEM_LIST_TABLE, table), text(NFTA_SET_ELEM_LIST_SET, set)];
  return Buffer.concat([...parts, nested(NFTA_SET_ELEM_LIST_ELEMENTS, ...items)]);
}

/** Adds elements; those that are there already with the same value stay (EEXIST when the value differs). */
export function addElements(reference: SetReference, elements: readonly SetElement[]): NftOperation {
  const body = elementList(reference, elements);
  return { type: Message.NEWSETELEM, flags: NlmFlag.CREATE, family: reference.family, body };
}

/** Removes elements (ENOENT when one is not there). */
export function removeElements(reference: SetReference, elements: readonly SetElement[]): NftOperation {
  const keys = elements.map(({ data: _, ...element }) => element);
  return { type: Message.DELSETELEM, flags: 0, family: reference.family, body: elementList(reference, keys) };
}

/** Makes a table; one that exists stays, or is EEXIST where it must be new. */
export function addTable(
  family: TableFamilyNumber,
  table: string,
  options: { mustBeNew?: boolean } = {},
): NftOperation {
  const flags = NlmFlag.CREATE | (options.mustBeNew ? NlmFlag.EXCL : 0);
  return { type: Message.NEWTABLE, flags, family, body: text(1, table) };
}

/** Removes a table with everything in it (ENOENT when it does not exist). */
export function removeTable(family: TableFamilyNumber, table: string): NftOperation {
  return { type: Message.DELTABLE, flags: 0, family, body: text(1, table) };
}

/** Makes a base chain with policy accept. */
export function addBaseChain(
  family: TableFamilyNumber,
  {
    table,
    chain,
    type,
    hook,
    priority,
  }: { table: string; chain: string; type: string; hook: number; priority: number },
): NftOperation {
  const hookPart = nested(4, be32(1, hook), be32(2, priority));
  const body = Buffer.concat([text(1, table), text(3, chain), text(7, type), be32(5, 1), hookPart]);
  return { type: Message.NEWCHAIN, flags: NlmFlag.CREATE, family, body };
}

/** Appends a rule made of expressions. */
export function addRule(
  family: TableFamilyNumber,
  { table, chain, expressions }: { table: string; chain: string; expressions: readonly Buffer[] },
): NftOperation {
  const body = Buffer.concat([text(1, table), text(2, chain), nested(4, ...expressions)]);
  return { type: Message.NEWRULE, flags: NlmFlag.CREATE | NlmFlag.APPEND, family, body };
}

/** `struct nfgenmsg`. */
function generalHeader(family: number, resource: number): Buffer {
  return Buffer.from([family, 0, resource >> 8, resource & 0xff]);
}

function encodeBatch(operations: readonly NftOperation[]): Buffer {
  const edge = generalHeader(0, SUBSYSTEM_NFTABLES);
  const messages = operations.map(({ type, flags, family, body }, index) => {
    const typed = (SUBSYSTEM_NFTABLES << 8) | type;
    const payload = Buffer.concat([generalHeader(family, 0), body]);
    return encodeMessage(typed, NlmFlag.REQUEST | NlmFlag.ACK | flags, index + 1, payload);
  });
  const begin = encodeMessage(NFNL_MSG_BATCH_BEGIN, NlmFlag.REQUEST, 0, edge);
  const end = encodeMessage(NFNL_MSG_BATCH_END, NlmFlag.REQUEST, operations.length + 1, edge);
  return Buffer.concat([begin, ...messages, end]);
}

/** Applies operations as one transaction; throws the first NetlinkError, and then nothing has changed. */
export function applyBatch(socket: NetlinkSocket, operation: string, operations: readonly NftOperation[]): void {
  if (operations.length === 0) return;
  const replies: NetlinkMessage[] = socket.exchange(operation, encodeBatch(operations));
  for (const reply of replies) throwOnError(reply, operation);
}

/** True when the table is there. */
export function tableExists(socket: NetlinkSocket, family: TableFamilyNumber, table: string): boolean {
  const type = (SUBSYSTEM_NFTABLES << 8) | Message.GETTABLE;
  try {
    socket.get(`look up table ${table}`, type, Buffer.concat([generalHeader(family, 0), text(1, table)]));
    return true;
  } catch (error) {
    if (error instanceof NetlinkError && error.code === 'ENOENT') return false;
    throw error;
  }
}
