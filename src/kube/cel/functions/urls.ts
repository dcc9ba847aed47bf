import { EvaluationError } from '../cel-error.ts';
import { ArrayList, EntryMap, Opaque } from '../values/value.ts';
import { type Overload, overFirst, overload } from './overload.ts';

class UrlValue extends Opaque {
  readonly typeName = 'kubernetes.URL';
  readonly text: string;
  readonly url: URL;
  /** Only a path was given. */
  readonly isPath: boolean;

  constructor(text: string) {
    super();
    this.text = text;
    this.isPath = text.startsWith('/');
    this.url = new URL(text, 'http://none.invalid');
  }

  equals(other: Opaque): boolean {
    return other instanceof UrlValue && other.text === this.text;
  }

  override toString(): string {
    return this.text;
  }
}

/** Absolute, as Go's ParseRequestURI wants it: with a scheme, or an absolute path. */
function parse(text: string): UrlValue | undefined {
  if (/[\x00-\x20\x7f]/.test(text) || !(text.startsWith('/') || /^[a-z][a-z0-9+.-]*:/i.test(text))) return undefined;
  return URL.canParse(text, 'http://none.invalid') ? new UrlValue(text) : undefined;
}

function parseOrThrow(text: string): UrlValue {
  const url = parse(text);
  if (url === undefined)
    throw new EvaluationError(
      `URL parse error during conversion from string: parse ${JSON.stringify(text)}: invalid URI for request`,
    );
  return url;
}

/** The part of the text that says host and port: URL leaves out ports that are the scheme's own. */
function hostOf({ text, isPath }: UrlValue): string {
  if (isPath) return '';
  return /^[^:]+:\/\/(?:[^/?#]*@)?([^/?#]*)/.exec(text)?.[1] ?? '';
}

function query({ url }: UrlValue): EntryMap {
  const map = new EntryMap();
  for (const name of new Set(url.searchParams.keys())) map.add(name, new ArrayList(url.searchParams.getAll(name)));
  return map;
}

/** `url('https://…')` and its parts. */
export function urls(): Overload[] {
  return [
    overload('url(string): URL', parseOrThrow, overFirst),
    overload('isURL(string): bool', (text: string) => parse(text) !== undefined, overFirst),
    overload('URL.getScheme(): string', ({ isPath, url }: UrlValue) => (isPath ? '' : url.protocol.slice(0, -1))),
    overload('URL.getHost(): string', hostOf),
    overload('URL.getHostname(): string', (url: UrlValue) =>
      hostOf(url)
        .replace(/:\d*$/, '')
        .replace(/^\[|\]$/g, ''),
    ),
    overload('URL.getPort(): string', (url: UrlValue) => /:(\d+)$/.exec(hostOf(url))?.[1] ?? ''),
    overload('URL.getEscapedPath(): string', ({ url, text }: UrlValue) =>
      url.pathname === '/' && !/\/(?:[?#]|$)/.test(text.replace(/^[^:]+:\/\//, '')) ? '' : url.pathname,
    ),
    overload('URL.getQuery(): map<string, list<string>>', query),
  ];
}
