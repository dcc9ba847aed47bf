import { createHash } from 'node:crypto';
import { createWriteStream, renameSync } from 'node:fs';
import { join } from 'node:path';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digestHex, HakoError, isDigest, makeFolders } from '#base';
import { parseReference } from '../../reference.ts';
import type { Descriptor } from '../../unpack/spec.ts';
import { cannotWrite } from '../cannot-write.ts';
import { RemoteContext } from '../context.ts';
import { RegistrySource } from '../copy/registry-source.ts';
import { ScratchFolder } from '../copy/scratch-folder.ts';
import { parseFetched } from '../pull/choose.ts';
import { listArtifacts } from './list.ts';
import type { ArtifactOptions } from './subject.ts';

export interface FetchOptions extends ArtifactOptions {
  /** Only artifacts of this type. */
  artifactType?: string;
  /** Only this artifact. */
  digest?: string;
  /** Where the files go; made where it is missing. */
  outputDir: string;
}

/** A file that was fetched. */
export interface FetchedFile {
  artifact: Digest;
  path: string;
}

const TITLE = 'org.opencontainers.image.title';
const EMPTY_TYPE = 'application/vnd.oci.empty.v1+json';

/** Writes the files of the artifacts that refer to what `text` names. Throws `not_found` where there are none. */
export async function fetchArtifacts(text: string, options: FetchOptions): Promise<FetchedFile[]> {
  const { digest, outputDir } = options;
  if (digest !== undefined && !isDigest(digest)) throw new HakoError('invalid', `"${digest}" is not a digest`);
  const found = await listArtifacts(text, options);
  const wanted = found.filter((each) => digest === undefined || each.digest === digest);
  if (wanted.length === 0) throw new HakoError('not_found', `nothing of that kind refers to ${text}`);
  using scratch = scratchIn(outputDir);
  const { tag: _tag, ...repository } = parseReference(text);
  const context = new RemoteContext(options.settings);
  const remote = context.optionsFor(repository.domain, options.credentialsFor);
  await using source = new RegistrySource(repository, remote, options.signal);
  const files: FetchedFile[] = [];
  const taken = new Set<string>();
  for (const artifact of wanted) {
    const document = parseFetched(await source.manifest(artifact), `artifact ${artifact.digest}`);
    if ('index' in document) throw new HakoError('unsupported', `${artifact.digest} is an index, not an artifact`);
    for (const layer of document.manifest.layers) {
      if (layer.mediaType === EMPTY_TYPE) continue;
      const path = join(outputDir, freeName(layer, taken));
      await writeBlob(source, layer, scratch, path);
      files.push({ artifact: artifact.digest, path });
    }
  }
  return files;
}

/** The title, where it is the name of a file and nothing else: whoever attached it is a stranger. Files of one run keep apart. */
function freeName({ digest, annotations }: Descriptor, taken: Set<string>): string {
  const title = annotations?.[TITLE] ?? '';
  const isPlain = /^[^/\\\0]{1,200}$/.test(title) && !title.startsWith('.');
  const hex = digestHex(digest);
  const name = isPlain ? title : hex;
  const free = taken.has(name) ? `${hex.slice(0, 12)}-${name}` : name;
  taken.add(free);
  return free;
}

/** What is not whole yet is there: what a killed run has left the next one to this folder removes. */
function scratchIn(outputDir: string): ScratchFolder {
  try {
    makeFolders(outputDir);
    return new ScratchFolder(outputDir);
  } catch (error) {
    throw cannotWrite(error, outputDir);
  }
}

/** The file appears when it is whole and verified. */
async function writeBlob(
  source: RegistrySource,
  blob: Descriptor,
  scratch: ScratchFolder,
  path: string,
): Promise<void> {
  const { digest, size } = blob;
  const hash = createHash(digest.startsWith('sha512:') ? 'sha512' : 'sha256');
  const check = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      hash.update(chunk);
      done(null, chunk);
    },
  });
  const temporary = join(scratch.path, digestHex(digest));
  try {
    const input = size === 0 ? [] : source.open(blob, { start: 0, end: size - 1 });
    await pipeline(input, check, createWriteStream(temporary));
    if (digestHex(digest) !== hash.digest('hex'))
      throw new HakoError('invalid', `the registry sent other bytes than those of blob ${digest}`);
    renameSync(temporary, path);
  } catch (error) {
    throw cannotWrite(error, path);
  }
}
