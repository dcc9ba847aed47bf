import { closeSync } from 'node:fs';
import { getSystemErrorName } from 'node:util';
import { checked, errno, libc } from '../libc.ts';
import { aligned, parseAttributes, readText } from './attributes.ts';

/** Netlink families (linux/netlink.h). */
export const NetlinkFamily = { ROUTE: 0, NETFILTER: 12 } as const;

/** Flags of a netlink request (netlink(7)). */
export const NlmFlag = {
  REQUEST: 0x1,
  ACK: 0x4,
  REPLACE: 0x100,
  DUMP: 0x300,
  EXCL: 0x200,
  CREATE: 0x400,
  APPEND: 0x800,
} as const;

const AF_NETLINK = 16;
const SOCK_RAW = 3;
const SOCK_CLOEXEC = 0o2000000;
const SOL_NETLINK = 270;
const NETLINK_CAP_ACK = 10;
const NETLINK_EXT_ACK = 11;
const SOL_SOCKET = 1;
const SO_RCVTIMEO = 20;
const SO_RCVBUFFORCE = 33;
const MSG_DONTWAIT = 0x40;
const NLMSG_ERROR = 2;
const NLMSG_DONE = 3;
const NLMSGERR_ATTR_MSG = 1;
const FLAG_CAPPED = 0x100;
const FLAG_ACK_TLVS = 0x200;
const HEADER_BYTES = 16;
const REPLY_TIMEOUT_S = 10;
const EAGAIN = 11;

/** A request that the kernel refused. `code` is the symbolic errno, `message` has the kernel's own words where it gave any. */
export class NetlinkError extends Error {
  readonly code: string;

  constructor(operation: string, errorNumber: number, kernelMessage: string) {
    const code = getSystemErrorName(-errorNumber);
    super(`${operation}: ${code}${kernelMessage === '' ? '' : ` (${kernelMessage})`}`);
    this.name = 'NetlinkError';
    this.code = code;
  }
}

/** One message: its type and what follows the netlink header. */
export interface NetlinkMessage {
  type: number;
  flags: number;
  sequence: number;
  body: Buffer;
}

/** Replies are read on the calling thread, one request at a time, so one buffer serves all sockets. */
let receiveBuffer: Buffer | undefined;

/** A message with its header (`struct nlmsghdr`). */
export function encodeMessage(type: number, flags: number, sequence: number, body: Uint8Array): Buffer {
  const bytes = Buffer.alloc(aligned(HEADER_BYTES + body.length));
  bytes.writeUInt32LE(HEADER_BYTES + body.length, 0);
  bytes.writeUInt16LE(type, 4);
  bytes.writeUInt16LE(flags, 6);
  bytes.writeUInt32LE(sequence, 8);
  bytes.set(body, HEADER_BYTES);
  return bytes;
}

/** The messages of one datagram. */
export function decodeMessages(datagram: Buffer): NetlinkMessage[] {
  const messages: NetlinkMessage[] = [];
  for (let offset = 0; offset + HEADER_BYTES <= datagram.length; ) {
    const length = datagram.readUInt32LE(offset);
    if (length < HEADER_BYTES || offset + length > datagram.length) break;
    messages.push({
      type: datagram.readUInt16LE(offset + 4),
      flags: datagram.readUInt16LE(offset + 6),
      sequence: datagram.readUInt32LE(offset + 8),
      body: datagram.subarray(offset + HEADER_BYTES, offset + length),
    });
    offset += aligned(length);
  }
  return messages;
}

/** Throws the NetlinkError that an error message carries; an errno of 0 is an acknowledgement. */
export function throwOnError(message: NetlinkMessage, operation: string): void {
  if (message.type !== NLMSG_ERROR) return;
  const error = message.body.readInt32LE(0);
  if (error !== 0) throw new NetlinkError(operation, -error, kernelMessage(message));
}

/** The extended acknowledgement's text (NLMSGERR_ATTR_MSG), which follows the echoed request. */
function kernelMessage({ flags, body }: NetlinkMessage): string {
  if ((flags & FLAG_ACK_TLVS) === 0) return '';
  const echoed = (flags & FLAG_CAPPED) !== 0 ? HEADER_BYTES : aligned(body.readUInt32LE(4));
  return readText(parseAttributes(body.subarray(4 + echoed)).get(NLMSGERR_ATTR_MSG));
}

/**
 * A netlink socket used synchronously: a request takes some tens of microseconds, less than handing it to a thread.
 * It belongs for ever to the network namespace in which the thread was when it was made, and keeps that namespace alive.
 */
export class NetlinkSocket implements Disposable {
  readonly #fd: number;
  #sequence = 0;
  #closed = false;

  constructor(family: (typeof NetlinkFamily)[keyof typeof NetlinkFamily] = NetlinkFamily.ROUTE) {
    this.#fd = checked(libc.socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, family), 'socket', 'AF_NETLINK');
    this.#setOption(SOL_NETLINK, NETLINK_CAP_ACK, 1);
    this.#setOption(SOL_NETLINK, NETLINK_EXT_ACK, 1);
    this.#setOption(SOL_SOCKET, SO_RCVBUFFORCE, 1 << 20);
    const timeout = Buffer.alloc(16);
    timeout.writeBigInt64LE(BigInt(REPLY_TIMEOUT_S));
    libc.setsockopt(this.#fd, SOL_SOCKET, SO_RCVTIMEO, timeout, timeout.length);
  }

  /** Makes one change and waits for its acknowledgement; throws NetlinkError naming `operation`. */
  change(operation: string, type: number, flags: number, body: Uint8Array): void {
    const sequence = this.#send(type, NlmFlag.REQUEST | NlmFlag.ACK | flags, body);
    for (;;) {
      for (const message of this.#receive(operation)) {
        if (message.sequence !== sequence) continue;
        throwOnError(message, operation);
        return;
      }
    }
  }

  /** Asks for one object; throws NetlinkError naming `operation` (ENODEV: no such link). */
  get(operation: string, type: number, body: Uint8Array): Buffer {
    const sequence = this.#send(type, NlmFlag.REQUEST, body);
    for (;;) {
      for (const message of this.#receive(operation)) {
        if (message.sequence !== sequence) continue;
        throwOnError(message, operation);
        return Buffer.from(message.body);
      }
    }
  }

  /** Asks for all objects of a kind. */
  dump(operation: string, type: number, body: Uint8Array): Buffer[] {
    const sequence = this.#send(type, NlmFlag.REQUEST | NlmFlag.DUMP, body);
    const found: Buffer[] = [];
    for (;;) {
      for (const message of this.#receive(operation)) {
        if (message.sequence !== sequence) continue;
        if (message.type === NLMSG_DONE) return found;
        throwOnError(message, operation);
        found.push(Buffer.from(message.body));
      }
    }
  }

  /** Sends bytes that hold several messages, and answers every reply that the kernel queued while it handled them. */
  exchange(operation: string, bytes: Buffer): NetlinkMessage[] {
    this.#write(bytes);
    const replies: NetlinkMessage[] = [];
    for (;;) {
      const datagram = this.#read(operation, MSG_DONTWAIT);
      if (datagram === undefined) return replies;
      replies.push(...decodeMessages(Buffer.from(datagram)));
    }
  }

  [Symbol.dispose](): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#fd);
  }

  #setOption(level: number, option: number, value: number): void {
    const bytes = Buffer.alloc(4);
    bytes.writeInt32LE(value);
    libc.setsockopt(this.#fd, level, option, bytes, bytes.length);
  }

  #send(type: number, flags: number, body: Uint8Array): number {
    this.#sequence += 1;
    this.#write(encodeMessage(type, flags, this.#sequence, body));
    return this.#sequence;
  }

  #write(bytes: Buffer): void {
    checked(libc.send(this.#fd, bytes, BigInt(bytes.length), 0), 'send', 'netlink');
  }

  #receive(operation: string): NetlinkMessage[] {
    const datagram = this.#read(operation, 0);
    if (datagram === undefined) throw new NetlinkError(operation, 110, `no answer in ${REPLY_TIMEOUT_S} s`);
    return decodeMessages(datagram);
  }

  #read(operation: string, flags: number): Buffer | undefined {
    receiveBuffer ??= Buffer.allocUnsafeSlow(1 << 16);
    const length = Number(libc.recv(this.#fd, receiveBuffer, BigInt(receiveBuffer.length), flags));
    if (length >= 0) return receiveBuffer.subarray(0, length);
    const error = errno();
    if (error === EAGAIN) return undefined;
    throw new NetlinkError(operation, error, 'reading the answer');
  }
}
