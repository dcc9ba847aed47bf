import { type Digest, HakoError, isDigest } from '#base';
import { formatPlatform, hostPlatform, parsePlatform, satisfies } from '../platform.ts';
import {
  familiarName,
  formatReference,
  parseReference,
  type Reference,
  repositoryOf,
  withDefaultTag,
} from '../reference.ts';
import type { ImageTable } from './images.ts';
import type { NamedImage, NameTable } from './names.ts';

/** What a reference led to: by a name (in full form), or by an id. */
export type Resolved = { id: Digest; name?: string; digest?: Digest };

/** Finds images by name, `name@digest`, id or id prefix, in Docker's order: names before ids. */
export class Resolver {
  readonly #images: ImageTable;
  readonly #names: NameTable;

  constructor(images: ImageTable, names: NameTable) {
    this.#images = images;
    this.#names = names;
  }

  /** Throws `not_found` or `invalid`, with Docker's words. */
  resolve(text: string, platform?: string): Resolved {
    const exact = text.startsWith('sha256:') ? text : `sha256:${text}`;
    if (isDigest(exact) && this.#images.find(exact) !== undefined) return this.#checked({ id: exact }, text, platform);
    const byName = this.#byName(text, platform);
    if (byName !== undefined) return byName;
    const byPrefix = this.#byPrefix(text);
    if (byPrefix !== undefined) return this.#checked(byPrefix, text, platform);
    throw noSuchImage(text);
  }

  #byName(text: string, platform: string | undefined): Resolved | undefined {
    const reference = parsed(text);
    if (reference === undefined) return undefined;
    const { digest } = reference;
    if (digest !== undefined) {
      const found = this.#names.findDigest(repositoryOf(reference), digest);
      return found.length === 0 ? undefined : { id: choose(found, text, platform), digest };
    }
    const name = formatReference(withDefaultTag(reference));
    const found = this.#names.find(name);
    return found.length === 0 ? undefined : { id: choose(found, text, platform), name };
  }

  #byPrefix(text: string): Resolved | undefined {
    const hex = text.startsWith('sha256:') ? text.slice('sha256:'.length) : text;
    if (!/^[0-9a-f]{1,64}$/.test(hex)) return undefined;
    const [id, second] = this.#images.withPrefix(hex);
    if (second !== undefined)
      throw new HakoError('invalid', `the image id prefix "${text}" is ambiguous: give more digits`);
    return id === undefined ? undefined : { id };
  }

  #checked(resolved: Resolved, text: string, platform: string | undefined): Resolved {
    choose([{ id: resolved.id, platform: this.#images.platformOf(resolved.id) }], text, platform);
    return resolved;
  }
}

/** A text that cannot be a name may still be the beginning of an id (`sha256:ab`, 64 digits). */
function parsed(text: string): Reference | undefined {
  if (/^(sha256:)?[0-9a-f]+$/.test(text) && (text.startsWith('sha256:') || text.length === 64)) return undefined;
  return parseReference(text);
}

/** The image for the wanted platform; without a wish the host's, and if there is none the only one there is. */
function choose(found: readonly NamedImage[], text: string, wanted: string | undefined): Digest {
  const platform = wanted === undefined || wanted === '' ? undefined : parsePlatform(wanted);
  const match = found.find((image) => satisfies(image.platform, platform ?? hostPlatform()));
  if (match !== undefined) return match.id;
  const [first] = found;
  if (platform === undefined && first !== undefined) return first.id;
  const offered = found.map((image) => formatPlatform(image.platform)).join(', ');
  const asked = formatPlatform(platform ?? hostPlatform());
  throw new HakoError(
    'not_found',
    `image with reference ${text} was found but does not provide the specified platform (${asked}): it has ${offered}`,
  );
}

function noSuchImage(text: string): HakoError {
  const reference = parsed(text);
  const shown = reference === undefined ? text : familiarName(formatReference(withDefaultTag(reference)));
  return new HakoError('not_found', `No such image: ${shown}`);
}
