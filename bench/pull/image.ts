/** The images that are pulled: layers of files that compress as programs and text do, the same in every run. */
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';

const FILE_BYTES = 128 * 1024;
const compress = promisify(gzip);

interface Descriptor {
  mediaType: string;
  digest: string;
  size: number;
}

interface Layer {
  descriptor: Descriptor;
  diffId: string;
}

const TYPE = 'application/vnd.oci.image';

/**
 * Writes a layout with two images: `big` with `count` layers of `layerBytes` together, and `next`, which has all but two of them and
 * two of its own.
 */
export async function makeLayout(folder: string, count: number, totalBytes: number): Promise<void> {
  mkdirSync(`${folder}/blobs/sha256`, { recursive: true });
  const layers: Layer[] = [];
  for (let index = 0; index < count + 2; index++) layers.push(await makeLayer(folder, index, totalBytes / count));
  const big = makeImage(folder, 'big', layers.slice(0, count));
  const next = makeImage(folder, 'next', [...layers.slice(0, count - 2), ...layers.slice(count)]);
  writeFileSync(`${folder}/index.json`, JSON.stringify({ schemaVersion: 2, manifests: [big, next] }));
  writeFileSync(`${folder}/oci-layout`, '{"imageLayoutVersion":"1.0.0"}');
}

function makeImage(folder: string, name: string, layers: readonly Layer[]) {
  const rootfs = { type: 'layers', diff_ids: layers.map(({ diffId }) => diffId) };
  const history = layers.map((_layer, index) => ({ created_by: `layer ${index}` }));
  const config = JSON.stringify({ os: 'linux', architecture: 'amd64', config: { Cmd: ['/x'] }, rootfs, history });
  const manifest = {
    schemaVersion: 2,
    mediaType: `${TYPE}.manifest.v1+json`,
    config: put(folder, Buffer.from(config), `${TYPE}.config.v1+json`),
    layers: layers.map(({ descriptor }) => descriptor),
  };
  const annotations = { 'org.opencontainers.image.ref.name': name };
  return { ...put(folder, Buffer.from(JSON.stringify(manifest)), manifest.mediaType), annotations };
}

async function makeLayer(folder: string, index: number, bytes: number): Promise<Layer> {
  const tar = makeTar(index, Math.round(bytes / FILE_BYTES));
  const blob = await compress(tar, { level: 6 });
  return { descriptor: put(folder, blob, `${TYPE}.layer.v1.tar+gzip`), diffId: digestOf(tar) };
}

function put(folder: string, bytes: Buffer, mediaType: string): Descriptor {
  const digest = digestOf(bytes);
  writeFileSync(`${folder}/blobs/sha256/${digest.slice(7)}`, bytes);
  return { mediaType, digest, size: bytes.length };
}

function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A ustar archive of numbered files. */
function makeTar(seed: number, files: number): Buffer {
  const tar = Buffer.alloc(512 + files * (512 + FILE_BYTES) + 1024);
  const random = randomOf(seed + 1);
  const words = Array.from({ length: 2000 }, () => wordOf(random));
  let offset = header(tar, 0, `layer${seed}/`, 0, '5');
  for (let index = 0; index < files; index++) {
    offset = header(tar, offset, `layer${seed}/file${index}`, FILE_BYTES, '0');
    fill(tar.subarray(offset, offset + FILE_BYTES), words, random);
    offset += FILE_BYTES;
  }
  return tar;
}

/** Words in random order, which gzip makes about a third of. */
function fill(target: Buffer, words: readonly Buffer[], random: () => number): void {
  for (let at = 0; at < target.length; ) at += (words[random() % words.length] as Buffer).copy(target, at);
}

function wordOf(random: () => number): Buffer {
  return Buffer.from(Array.from({ length: 3 + (random() % 14) }, () => random() % 256));
}

/** xorshift32. */
function randomOf(seed: number): () => number {
  let state = Math.imul(seed, 2654435761) >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state = (state ^ (state << 5)) >>> 0;
    return state;
  };
}

function header(tar: Buffer, offset: number, name: string, size: number, type: string): number {
  const field = (text: string, at: number) => tar.write(text, offset + at, 'latin1');
  field(name, 0);
  field(type === '5' ? '0000755\0' : '0000644\0', 100);
  field('0000000\0', 108);
  field('0000000\0', 116);
  field(`${size.toString(8).padStart(11, '0')}\0`, 124);
  field('00000000000\0', 136);
  field('        ', 148);
  field(type, 156);
  field('ustar\x0000', 257);
  const sum = tar.subarray(offset, offset + 512).reduce((total, byte) => total + byte, 0);
  field(`${sum.toString(8).padStart(6, '0')}\0 `, 148);
  return offset + 512;
}
