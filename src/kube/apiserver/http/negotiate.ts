import type { IncomingMessage } from 'node:http';
import { notAcceptable } from '#kube/api';

/** In what form an answer is wanted. */
export interface Form {
  readonly media: 'json' | 'yaml' | 'protobuf';
  /** `as=` of the media type: a view of the object instead of the object itself. */
  readonly as: 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList' | undefined;
  /** The `v=` of a view, `v1` or `v1beta1`. */
  readonly version: string;
}

const JSON_FORM: Form = { media: 'json', as: undefined, version: 'v1' };
const MEDIA: Readonly<Record<string, Form['media']>> = {
  'application/json': 'json',
  'application/yaml': 'yaml',
  'application/vnd.kubernetes.protobuf': 'protobuf',
  '*/*': 'json',
  'application/*': 'json',
};
const MAX_CACHED = 256;
const known = new Map<string, Form | undefined>();

/** The first form of an Accept header that the server can make; a 406 where there is none. Headers repeat, so answers are kept. */
export function negotiate(accept: string | undefined, canProtobuf: boolean): Form {
  if (accept === undefined || accept === '' || accept === 'application/json' || accept === '*/*') return JSON_FORM;
  const name = canProtobuf ? accept : `-${accept}`;
  let form = known.get(name);
  if (form === undefined && !known.has(name)) {
    form = parse(accept, canProtobuf);
    if (known.size >= MAX_CACHED) known.clear();
    known.set(name, form);
  }
  if (form === undefined)
    throw notAcceptable(['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']);
  return form;
}

function parse(accept: string, canProtobuf: boolean): Form | undefined {
  for (const range of byQuality(accept.split(','))) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim());
    const media = Object.hasOwn(MEDIA, type.toLowerCase()) ? MEDIA[type.toLowerCase()] : undefined;
    if (media === undefined || (media === 'protobuf' && !canProtobuf)) continue;
    const form = viewOf(media, new Map(parameters.map(pair)));
    if (form !== undefined) return form;
  }
  return undefined;
}

function byQuality(ranges: string[]): string[] {
  const quality = (range: string) => Number(/;\s*q=([\d.]+)/.exec(range)?.[1] ?? 1);
  return ranges.sort((a, b) => quality(b) - quality(a));
}

function pair(parameter: string): [string, string] {
  const at = parameter.indexOf('=');
  return at < 0 ? [parameter, ''] : [parameter.slice(0, at), parameter.slice(at + 1)];
}

function viewOf(media: Form['media'], parameters: ReadonlyMap<string, string>): Form | undefined {
  const as = parameters.get('as');
  const version = parameters.get('v') ?? 'v1';
  if (as === undefined) return { media, as: undefined, version };
  if (as !== 'Table' && as !== 'PartialObjectMetadata' && as !== 'PartialObjectMetadataList') return undefined;
  // No Go client could read a Table in protobuf: its cells are JSON.
  if (as === 'Table' && media === 'protobuf') return undefined;
  if (parameters.get('g') !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1')) return undefined;
  return { media, as, version };
}

/** Shorter answers are not worth to be compressed; upstream's figure. */
export const MIN_GZIP_BYTES = 128 * 1024;

const LOOPBACK = /^(?:::ffff:)?127\.|^::1$/;
const GZIP = /(?:^|,)\s*gzip\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[^,]*)?(?:,|$)/;

/**
 * Is a long answer to this request to be compressed? The client has to take gzip, and to be on another machine: through the loopback,
 * bytes cost less than their compression.
 */
export function wantsGzip({
  method,
  headers,
  socket,
}: Pick<IncomingMessage, 'method' | 'headers' | 'socket'>): boolean {
  const accepted = headers['accept-encoding'];
  if (method !== 'GET' || typeof accepted !== 'string' || !GZIP.test(accepted)) return false;
  return !LOOPBACK.test(socket.remoteAddress ?? '127.0.0.1');
}
