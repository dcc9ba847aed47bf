/** The package sources that this machine is set up for: sources.list(5), in both of its formats. */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { HakoError, ignoring } from '#base';

/** One line of a sources.list, taken apart. */
export interface AptSource {
  uri: string;
  suite: string;
  components: string[];
  signedBy: string | undefined;
}

/** All `deb` sources of a machine whose apt is configured in `dir`. */
export function readAptSources(dir = '/etc/apt'): AptSource[] {
  const parts = ignoring('ENOENT', () => readdirSync(join(dir, 'sources.list.d')).sort()) ?? [];
  const texts = parts.map((name) => ({ name, text: readFileSync(join(dir, 'sources.list.d', name), 'utf8') }));
  const main = ignoring('ENOENT', () => readFileSync(join(dir, 'sources.list'), 'utf8')) ?? '';
  return [
    ...parseOneLine(main),
    ...texts.filter(({ name }) => name.endsWith('.list')).flatMap(({ text }) => parseOneLine(text)),
    ...texts.filter(({ name }) => name.endsWith('.sources')).flatMap(({ text }) => parseDeb822(text)),
  ];
}

/** `deb [options] uri suite component…`. */
export function parseOneLine(text: string): AptSource[] {
  return text.split('\n').flatMap((line) => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s+)?(\S+)\s+(\S+)((?:\s+[^#\s]\S*)*)/.exec(line);
    if (match === null) return [];
    const [, options = '', uri = '', suite = '', components = ''] = match;
    const signedBy = /(?:^|\s)signed-by=(\S+)/.exec(options)?.[1];
    return [{ uri, suite, components: components.split(/\s+/).filter(Boolean), signedBy }];
  });
}

/** Paragraphs of `Field: value`, with continuation lines. */
export function parseDeb822(text: string): AptSource[] {
  const lines = text.split('\n').filter((line) => !line.startsWith('#'));
  return lines
    .join('\n')
    .split(/\n\s*\n/)
    .flatMap((paragraph) => {
      const fields = fieldsOf(paragraph);
      const words = (name: string) => (fields.get(name) ?? '').split(/\s+/).filter(Boolean);
      if (!words('types').includes('deb') || fields.get('enabled') === 'no') return [];
      const signedBy = fields.get('signed-by')?.trim();
      const keyring = signedBy?.startsWith('/') ? signedBy : undefined;
      return words('uris').flatMap((uri) =>
        words('suites').map((suite) => ({ uri, suite, components: words('components'), signedBy: keyring })),
      );
    });
}

function fieldsOf(paragraph: string): Map<string, string> {
  const unfolded = paragraph.replace(/\n[ \t]+/g, ' ');
  return new Map(
    unfolded.split('\n').flatMap((line): [string, string][] => {
      const colon = line.indexOf(':');
      return colon < 1 ? [] : [[line.slice(0, colon).trim().toLowerCase(), line.slice(colon + 1).trim()]];
    }),
  );
}

const POCKETS = ['', '-updates', '-security'];

/**
 * The sources for a suite of Debian, as lines of a sources.list. The host's own lines for that suite where it has some; otherwise those of
 * the release that the host runs, with the suite exchanged: the mirror has both.
 */
export function sourcesFor(suite: string, sources: readonly AptSource[]): string[] {
  const own = pocketsOf(suite, sources);
  if (own.length > 0) return own.map((source) => formatSource(source, source.suite));
  const host = sources.find(({ suite: name, components }) => components.includes('main') && !/[-/]/.test(name))?.suite;
  const borrowed = host === undefined ? [] : pocketsOf(host, sources);
  if (host === undefined || borrowed.length === 0) throw noSources(suite);
  const wanted =
    suite === 'sid' || suite === 'unstable' ? borrowed.filter((source) => source.suite === host) : borrowed;
  return wanted.map((source) => formatSource(source, source.suite.replace(host, suite)));
}

function pocketsOf(suite: string, sources: readonly AptSource[]): AptSource[] {
  const names = POCKETS.map((pocket) => `${suite}${pocket}`);
  const found = sources.filter((source) => names.includes(source.suite) && source.components.includes('main'));
  return found.some((source) => source.suite === suite) ? found : [];
}

function formatSource({ uri, components, signedBy }: AptSource, suite: string): string {
  const options = signedBy === undefined ? '' : `[signed-by=${signedBy}] `;
  return `deb ${options}${uri} ${suite} ${components.join(' ')}`;
}

function noSources(suite: string): HakoError {
  return new HakoError(
    'failed_precondition',
    `/etc/apt names no Debian mirror to make ${suite} from: this works on Debian with a deb line for its main component`,
  );
}

/** The proxies of this machine's apt as environment variables: so they reach apt, and stay out of the image. */
export function readAptProxies(): Record<string, string> {
  const dump = execFileSync('apt-config', ['dump'], { encoding: 'utf8', cwd: '/' });
  const found = dump.matchAll(/^Acquire::(https?)::Proxy "([^"]+)";$/gim);
  return Object.fromEntries([...found].map(([, scheme = '', proxy = '']) => [`${scheme.toLowerCase()}_proxy`, proxy]));
}
