/** What a worker does with its request: prepares outside, enters, works inside. */

import { createHash } from 'node:crypto';
import { closeSync, constants, openSync } from 'node:fs';
import { Socket } from 'node:net';
import { gunzipSync, gzipSync, zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { HakoError } from '#base';
import { Capability, dropCapabilities, returnToRoot, suspendCapabilities } from '../confine.ts';
import { syncFileSystem } from '../node.ts';
import { openRoot, readFileInRoot } from '../openat2.ts';
import { changesOf } from './changes.ts';
import type { CommandName, Commands, LayerFacts, WorkerMessage, WorkerRequest } from './contract.ts';
import { copyTree } from './copy-tree.ts';
import { enter } from './enter.ts';
import { GrowthMarks, growingFile } from './growing.ts';
import { openInput } from './input.ts';
import { Meter } from './limits.ts';
import { LowerLayers } from './lower.ts';
import { mkdirs } from './mkdirs.ts';
import { BlobFile, CompressedBlob, Digester, writeAll } from './output.ts';
import { packLayer } from './pack/layer.ts';
import { absolute, found, packPath, packTree } from './pack/tree.ts';
import { recordLayer, remakeLayer } from './recipe/layer.ts';
import { statOf } from './stat.ts';
import { TarReader, TarWriter } from './tar/mod.ts';
import { unpackArchive } from './unpack/archive.ts';
import { extractFiles } from './unpack/extract.ts';
import { ImpliedDirectories, settle } from './unpack/implied.ts';
import { unpackLayer } from './unpack/layer.ts';
import { removeContents } from './unpack/remove.ts';
import { usageOf } from './usage.ts';

type Send = (message: WorkerMessage) => void;
type RequestOf<Name extends CommandName> = Extract<WorkerRequest, { command: Name }>;
type Handlers = { [Name in CommandName]: (request: RequestOf<Name>, send: Send) => Promise<Commands[Name]['result']> };

const STDIN = 0;
const STDOUT = 1;
const FILE_WORK = [
  Capability.CHOWN,
  Capability.DAC_OVERRIDE,
  Capability.FOWNER,
  Capability.FSETID,
  Capability.MKNOD,
  Capability.SETFCAP,
];

/** Runs one command. */
export async function run(request: WorkerRequest, send: Send): Promise<unknown> {
  const handler = HANDLERS[request.command] as (request: WorkerRequest, send: Send) => Promise<unknown>;
  return handler(request, send);
}

/** To be called once. Node and OpenSSL load some things at their first use: that must not happen inside. */
export function prepare(): void {
  process.umask(0);
  createHash('sha256').update('').digest();
  gunzipSync(gzipSync(''));
  zstdDecompressSync(zstdCompressSync(''));
}

/** Enters the root and keeps only the power to handle files; `trusted.*` attributes need more. */
function goInside(request: WorkerRequest, options: { trustedXattrs?: boolean } = {}): void {
  enter(request.confinement);
  dropCapabilities(options.trustedXattrs ? [...FILE_WORK, Capability.SYS_ADMIN] : FILE_WORK);
}

/** As `goInside` for layers. Where another request is to follow, disposing the answer leads out again. */
function visit(request: RequestOf<'unpackLayer' | 'settleLayer'>): Disposable | undefined {
  if (!request.again) {
    goInside(request, { trustedXattrs: true });
    return undefined;
  }
  using scope = new DisposableStack();
  const outside = openSync('/', constants.O_RDONLY | constants.O_DIRECTORY);
  scope.defer(() => closeSync(outside));
  enter(request.confinement);
  scope.defer(() => returnToRoot(outside));
  scope.use(suspendCapabilities([...FILE_WORK, Capability.SYS_ADMIN]));
  return scope.move();
}

function syncRoot(): void {
  const fd = openSync('/', constants.O_RDONLY);
  try {
    syncFileSystem(fd);
  } finally {
    closeSync(fd);
  }
}

function stdoutWriter(): TarWriter {
  return new TarWriter((chunk) => {
    writeAll(STDOUT, chunk);
    return undefined;
  });
}

const HANDLERS: Handlers = {
  unpackLayer: async (request) => {
    using lowers = request.lowerDirs === undefined ? undefined : new LowerLayers(request.lowerDirs);
    const directories = new ImpliedDirectories(lowers);
    const meter = new Meter(request.limits);
    using source = layerSource(request);
    const layer = await openLayer(request, source.from);
    using _inside = visit(request);
    const reader = new TarReader(meter.stream(layer.tar, layer.onTar));
    await unpackLayer(reader, meter, directories);
    await reader.drain();
    const implied = directories.unsettled();
    // Otherwise it is settled, or thrown away, before it counts.
    if (implied.length === 0) syncRoot();
    return { ...(await layer.finish()), contentBytes: meter.contentBytes, implied };
  },
  settleLayer: async (request) => {
    using lowers = new LowerLayers(request.lowerDirs);
    using _inside = visit(request);
    settle(request.implied, lowers);
    syncRoot();
    return null;
  },
  unpackArchive: async (request) => {
    const meter = new Meter(request.limits);
    const input = await openInput(STDIN);
    goInside(request);
    const reader = new TarReader(meter.stream(input.tar, () => undefined));
    await unpackArchive(reader, meter, request);
    await reader.drain();
    return null;
  },
  extractFiles: async (request) => {
    const meter = new Meter(request.limits);
    const input = await openInput(STDIN);
    goInside(request);
    const reader = new TarReader(meter.stream(input.tar, () => undefined));
    const archive = await extractFiles(reader, meter);
    await reader.drain();
    return archive;
  },
  packTree: async (request) => {
    goInside(request);
    await packTree(stdoutWriter(), request.mapping);
    return null;
  },
  packPath: async (request, send) => {
    goInside(request);
    send({ stat: found(absolute(request.path), request.path, statOf) });
    await packPath(stdoutWriter(), request.path, request.mapping);
    return null;
  },
  packLayer: async (request) => {
    const blob = new CompressedBlob(request.blobPath);
    goInside(request, { trustedXattrs: true });
    const contentBytes = await packLayer(new TarWriter((chunk) => blob.write(chunk)), request.mapping);
    return { ...(await blob.finish()), contentBytes };
  },
  recordLayer: (request) => recordLayer(request, () => goInside(request)),
  remakeLayer: (request) => remakeLayer(request, () => goInside(request)),
  stat: async (request) => {
    goInside(request);
    return found(absolute(request.path), request.path, statOf);
  },
  readFile: async (request) => {
    goInside(request);
    const content = readFileInRoot(openRoot('/'), request.path, request.maxBytes);
    if (content === undefined)
      throw new HakoError('not_found', `Could not find the file ${request.path} in the container`);
    return { base64: content.toString('base64') };
  },
  mkdirs: async (request) => {
    goInside(request);
    mkdirs(request.path, request);
    return null;
  },
  changes: async (request) => {
    const lowers = new LowerLayers(request.lowerDirs);
    goInside(request, { trustedXattrs: true });
    return changesOf(lowers);
  },
  usage: async (request) => {
    goInside(request);
    return usageOf();
  },
  copyTree: async (request) => {
    goInside(request);
    await copyTree();
    return null;
  },
  clear: async (request) => {
    goInside(request);
    removeContents('/');
    return null;
  },
};

interface LayerInput {
  tar: AsyncIterable<Buffer>;
  /** To be called with every chunk of the uncompressed tar. */
  onTar(chunk: Buffer): Promise<void> | undefined;
  finish(): Promise<Omit<LayerFacts, 'contentBytes'>>;
}

/**
 * Three ways in: a blob that is stored already is only verified; a gzip or zstd stream is stored as it is, so that its digest
 * stays; anything else is stored with gzip.
 */
async function openLayer(
  { blobPath }: RequestOf<'unpackLayer'>,
  from: number | AsyncIterable<Buffer>,
): Promise<LayerInput> {
  const raw = new Digester();
  let file: BlobFile | undefined;
  const input = await openInput(from, (chunk) => {
    raw.update(chunk);
    file?.write(chunk);
  });
  const { compression } = input;
  const storable = compression === 'gzip' || compression === 'zstd' || compression === 'none' ? compression : undefined;
  if (blobPath !== undefined && (storable === undefined || storable === 'none'))
    return recompressed(input.tar, blobPath);
  if (storable === undefined) throw new HakoError('unsupported', `a layer cannot be stored with ${compression}`);
  if (blobPath !== undefined) file = new BlobFile(blobPath);
  const tar = new Digester();
  return {
    tar: input.tar,
    onTar: (chunk) => void tar.update(chunk),
    finish: async () => {
      await input.finish();
      const blob = file?.finish() ?? { blobDigest: raw.digest(), blobBytes: raw.bytes };
      return { ...blob, compression: storable, diffId: tar.digest() };
    },
  };
}

let marks: GrowthMarks | undefined;

function layerSource({ inputPath, growing }: RequestOf<'unpackLayer'>) {
  const fd = inputPath === undefined ? STDIN : openSync(inputPath, constants.O_RDONLY);
  const close = () => {
    if (fd !== STDIN) closeSync(fd);
  };
  // A socket waits without taking a thread, of which there are two.
  if (growing) marks ??= new GrowthMarks(new Socket({ fd: STDIN, writable: false }));
  const from = growing && marks !== undefined ? growingFile(fd, marks) : fd;
  return { from, [Symbol.dispose]: close };
}

function recompressed(tar: AsyncIterable<Buffer>, blobPath: string): LayerInput {
  const blob = new CompressedBlob(blobPath);
  return { tar, onTar: (chunk) => blob.write(chunk), finish: () => blob.finish() };
}
