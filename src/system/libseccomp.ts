/**
 * libseccomp through node:ffi: compiles system call rules to a BPF program, as the OCI runtimes do with the same library.
 * The library is loaded when first needed; a host without it has `undefined` here and loses nothing but time.
 */

import { dlopen } from 'node:ffi';
import { closeSync, constants, openSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { SystemError } from './libc.ts';

/** One comparison of an argument; `op` as libseccomp numbers them (1 NE … 6 GT, 7 MASKED_EQ: `a` is the mask). */
export interface SeccompComparison {
  argument: number;
  op: number;
  a: bigint;
  b: bigint;
}

const O_TMPFILE = 0o20000000 | constants.O_DIRECTORY;
const COMPARISON_BYTES = 24;
/** Of enum scmp_filter_attr: how the program finds a system call; 2 is a binary tree. */
const CTL_OPTIMIZE = 8;
const BINARY_TREE = 2;
const EEXIST = 17;

function load() {
  return dlopen('libseccomp.so.2', {
    seccomp_init: { arguments: ['u32'], return: 'pointer' },
    seccomp_release: { arguments: ['pointer'], return: 'void' },
    seccomp_attr_set: { arguments: ['pointer', 'i32', 'u32'], return: 'i32' },
    seccomp_arch_add: { arguments: ['pointer', 'u32'], return: 'i32' },
    seccomp_arch_resolve_name: { arguments: ['string'], return: 'u32' },
    seccomp_syscall_resolve_name: { arguments: ['string'], return: 'i32' },
    seccomp_rule_add_array: { arguments: ['pointer', 'u32', 'i32', 'u32', 'buffer'], return: 'i32' },
    seccomp_export_bpf: { arguments: ['pointer', 'i32'], return: 'i32' },
  }).functions;
}

let library: ReturnType<typeof load> | 'missing' | undefined;

function libseccomp(): ReturnType<typeof load> | undefined {
  if (library === undefined) {
    try {
      library = load();
    } catch {
      // Not installed: whoever asked has a slower way.
      library = 'missing';
    }
  }
  return library === 'missing' ? undefined : library;
}

function succeed(result: number, call: string, detail = ''): void {
  if (result < 0) throw new SystemError(call, -result, detail);
}

/** A filter in the making. `action` and `defaultAction` are SECCOMP_RET_* values. */
export class SeccompFilter implements Disposable {
  readonly #library: ReturnType<typeof load>;
  readonly #context: bigint;
  #highestNumber = 0;

  private constructor(loaded: ReturnType<typeof load>, context: bigint) {
    this.#library = loaded;
    this.#context = context;
  }

  /** An empty filter for this machine's architecture; undefined when libseccomp is not installed. */
  static create(defaultAction: number): SeccompFilter | undefined {
    const loaded = libseccomp();
    const context = loaded?.seccomp_init(defaultAction);
    if (loaded === undefined || !context) return undefined;
    const filter = new SeccompFilter(loaded, context);
    // Older versions (before 2.5) do not know it and build a list.
    loaded.seccomp_attr_set(context, CTL_OPTIMIZE, BINARY_TREE);
    return filter;
  }

  /** Adds an architecture by libseccomp's name (`x86`); answers false for one that the library does not know. */
  addArchitecture(name: string): boolean {
    const token = this.#library.seccomp_arch_resolve_name(name);
    if (token === 0) return false;
    const result = this.#library.seccomp_arch_add(this.#context, token);
    if (result !== -EEXIST) succeed(result, 'seccomp_arch_add', name);
    return true;
  }

  /** Adds a rule for a system call; one that the library does not know is skipped, as the runtimes do. */
  addRule(action: number, name: string, comparisons: readonly SeccompComparison[]): void {
    const number = this.#library.seccomp_syscall_resolve_name(name);
    if (number === -1) return;
    this.#highestNumber = Math.max(this.#highestNumber, number);
    const packed = Buffer.alloc(Math.max(1, comparisons.length) * COMPARISON_BYTES);
    for (const [index, { argument, op, a, b }] of comparisons.entries()) {
      const offset = index * COMPARISON_BYTES;
      packed.writeUInt32LE(argument, offset);
      packed.writeUInt32LE(op, offset + 4);
      packed.writeBigUInt64LE(a, offset + 8);
      packed.writeBigUInt64LE(b, offset + 16);
    }
    const result = this.#library.seccomp_rule_add_array(this.#context, action, number, comparisons.length, packed);
    succeed(result, 'seccomp_rule_add_array', name);
  }

  /** The highest number of this machine's system calls that has a rule. */
  get highestNumber(): number {
    return this.#highestNumber;
  }

  /** The program: an array of `struct sock_filter`. */
  compile(): Buffer {
    const fd = openSync(tmpdir(), O_TMPFILE | constants.O_RDWR, 0o600);
    try {
      succeed(this.#library.seccomp_export_bpf(this.#context, fd), 'seccomp_export_bpf');
      return readFileSync(`/proc/self/fd/${fd}`);
    } finally {
      closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    this.#library.seccomp_release(this.#context);
  }
}
