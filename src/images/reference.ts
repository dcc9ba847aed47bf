import { type Digest, HakoError, isDigest } from '#base';

/** An image reference in its full, normalised form, by the grammar of the distribution project's `reference` package. */
export interface Reference {
  /** Host of the registry, with its port: `docker.io`. */
  domain: string;
  /** Path of the repository: `library/nginx`. */
  path: string;
  tag?: string;
  digest?: Digest;
}

const DEFAULT_DOMAIN = 'docker.io';
const OFFICIAL = 'library/';
const DEFAULT_TAG = 'latest';
const MAX_NAME_LENGTH = 255;
const MAX_REFERENCE_LENGTH = 2 * MAX_NAME_LENGTH + 128;

const LABEL = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const DOMAIN = new RegExp(`^(?:${LABEL}(?:\\.${LABEL})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const COMPONENT = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*$/;
const TAG = /^\w[\w.-]{0,127}$/;

function invalid(text: string, why = ''): HakoError {
  const shown = text.length > 120 ? `${text.slice(0, 120)}…` : text;
  return new HakoError('invalid', `invalid reference format${why === '' ? '' : `: ${why}`} (${JSON.stringify(shown)})`);
}

/** Parses what users write (`nginx`, `localhost:5000/a/b:tag@sha256:…`) and fills in Docker's defaults for the domain; no tag is added. */
export function parseReference(text: string): Reference {
  if (text === '') throw invalid(text, 'repository name must have at least one component');
  if (text.length > MAX_REFERENCE_LENGTH) throw invalid(text, 'it is too long');
  const { name, tag, digest } = split(text);
  if (/^[0-9a-f]{64}$/.test(name)) {
    throw new HakoError('invalid', `invalid repository name (${name}), cannot specify 64-byte hexadecimal strings`);
  }
  const { domain, path } = splitDomain(name);
  checkName(text, domain, path);
  return { domain, path, ...(tag === undefined ? {} : { tag }), ...(digest === undefined ? {} : { digest }) };
}

function split(text: string): { name: string; tag?: string; digest?: Digest } {
  const at = text.indexOf('@');
  const digest = at < 0 ? undefined : text.slice(at + 1);
  const named = at < 0 ? text : text.slice(0, at);
  const colon = named.lastIndexOf(':');
  const hasTag = colon > named.lastIndexOf('/');
  const tag = hasTag ? named.slice(colon + 1) : undefined;
  if (tag !== undefined && !TAG.test(tag)) throw invalid(text);
  if (digest !== undefined && !isDigest(digest)) throw invalid(text, 'the digest is malformed');
  return {
    name: hasTag ? named.slice(0, colon) : named,
    ...(tag === undefined ? {} : { tag }),
    ...(digest === undefined ? {} : { digest }),
  };
}

/** The first component is a domain when it looks like a host: a dot, a port, an upper-case letter, or `localhost`. */
function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = isHost && first !== 'index.docker.io' ? first : DEFAULT_DOMAIN;
  const path = isHost ? name.slice(slash + 1) : name;
  return { domain, path: domain === DEFAULT_DOMAIN && !path.includes('/') ? `${OFFICIAL}${path}` : path };
}

function checkName(text: string, domain: string, path: string): void {
  if (path !== path.toLowerCase()) {
    throw new HakoError('invalid', `invalid reference format: repository name (${path}) must be lowercase`);
  }
  if (`${domain}/${path}`.length > MAX_NAME_LENGTH) {
    throw invalid(text, `repository name must not be more than ${MAX_NAME_LENGTH} characters`);
  }
  if (!DOMAIN.test(domain) || !path.split('/').every((component) => COMPONENT.test(component))) throw invalid(text);
}

/** With the default tag, unless it has a tag or a digest. */
export function withDefaultTag(reference: Reference): Reference {
  if (reference.tag !== undefined || reference.digest !== undefined) return reference;
  return { ...reference, tag: DEFAULT_TAG };
}

/** `docker.io/library/nginx`. */
export function repositoryOf({ domain, path }: Reference): string {
  return `${domain}/${path}`;
}

/** The full form, `docker.io/library/nginx:1.25@sha256:…`. */
export function formatReference(reference: Reference): string {
  const tag = reference.tag === undefined ? '' : `:${reference.tag}`;
  const digest = reference.digest === undefined ? '' : `@${reference.digest}`;
  return `${repositoryOf(reference)}${tag}${digest}`;
}

/** The short form that Docker shows, `nginx:1.25`. Takes the full form. */
export function familiarName(full: string): string {
  if (full.startsWith(`${DEFAULT_DOMAIN}/${OFFICIAL}`)) {
    const rest = full.slice(`${DEFAULT_DOMAIN}/${OFFICIAL}`.length);
    return rest.includes('/') ? full.slice(DEFAULT_DOMAIN.length + 1) : rest;
  }
  return full.startsWith(`${DEFAULT_DOMAIN}/`) ? full.slice(DEFAULT_DOMAIN.length + 1) : full;
}

/** Normalises a name that an image is to get: with a tag, never with a digest. */
export function normalizeTag(text: string): string {
  const reference = parseReference(text);
  if (reference.digest !== undefined) {
    throw new HakoError('invalid', `refusing to create a tag with a digest reference (${JSON.stringify(text)})`);
  }
  return formatReference(withDefaultTag(reference));
}
