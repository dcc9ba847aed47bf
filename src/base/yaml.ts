import { createRequire } from 'node:module';

/** The parser costs 8 MB of memory: it is loaded with the first document, which most daemons never see. */
const load = createRequire(import.meta.url);

/** Parses one YAML 1.2 document; throws the parser's error, which names line and column. */
export function parseYaml(text: string): unknown {
  const { parse } = load('yaml') as typeof import('yaml');
  return parse(text);
}
