/** Container Device Interface: spec files that vendors put on the host, looked up by `vendor.com/class=name`. */
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { extname, join } from 'node:path';
import { errorMessage, HakoError, ignoring, log, parseYaml } from '#base';
import type { CdiEdits } from './edits.ts';
import { mergeEdits } from './merge.ts';
import { type CdiFile, parseCdiFile } from './parse.ts';

/** Where specs are; a later folder overrides an earlier one (SPEC.md, "CDI JSON Specification"). */
export const CDI_FOLDERS: readonly string[] = ['/etc/cdi', '/var/run/cdi'];

const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A qualified device name: `vendor.com/class=name`. */
export function isCdiDevice(text: string): boolean {
  return /^[a-zA-Z][\w.-]*[a-zA-Z0-9]\/[a-zA-Z][\w-]*=[a-zA-Z0-9][\w.:-]*$/.test(text);
}

function readFile(path: string): CdiFile | undefined {
  try {
    if (lstatSync(path).size > MAX_FILE_BYTES) throw new HakoError('invalid', `${path} is larger than 4 MiB`);
    const text = readFileSync(path, 'utf8');
    return parseCdiFile(extname(path) === '.json' ? JSON.parse(text) : parseYaml(text), path);
  } catch (error) {
    log.warn('a CDI file is left out', { path, error: errorMessage(error) });
    return undefined;
  }
}

function readFolder(folder: string): CdiFile[] {
  const names = ignoring(['ENOENT', 'ENOTDIR', 'EACCES'], () => readdirSync(folder)) ?? [];
  const specs = names.filter((name) => ['.json', '.yaml', '.yml'].includes(extname(name))).sort();
  return specs.flatMap((name) => readFile(join(folder, name)) ?? []);
}

/** The devices that the host's CDI files define. */
export class CdiRegistry {
  /** By qualified name: the device's edits and those of its whole file. */
  readonly #devices = new Map<string, { file: CdiFile; edits: CdiEdits }>();

  /** Reads the folders, lowest priority first. A file that is malformed is logged and left out. */
  static read(folders: readonly string[] = CDI_FOLDERS): CdiRegistry {
    const registry = new CdiRegistry();
    for (const file of folders.flatMap(readFolder)) {
      for (const { name, edits } of file.devices) registry.#devices.set(`${file.kind}=${name}`, { file, edits });
    }
    return registry;
  }

  /** Every qualified name, sorted. */
  names(): string[] {
    return [...this.#devices.keys()].sort();
  }

  /**
   * The names that `--gpus` stands for: `all` devices of a class, the first `count`, or those with the given ids.
   * Throws `failed_precondition` when the host has none.
   */
  gpus(request: { count?: number; ids?: readonly string[] }): string[] {
    const gpus = this.names().filter((name) => /\/gpu=/.test(name));
    const single = gpus.filter((name) => !name.endsWith('=all'));
    if (request.ids?.length) return request.ids.map((id) => (isCdiDevice(id) ? id : this.#gpuNamed(gpus, id)));
    if (gpus.length === 0) {
      throw new HakoError(
        'failed_precondition',
        `no GPU in ${CDI_FOLDERS.join(', ')}: generate a CDI file with the vendor's tool`,
      );
    }
    const all = gpus.find((name) => name.endsWith('=all'));
    if (request.count === -1) return all === undefined ? single : [all];
    return single.slice(0, request.count ?? 1);
  }

  #gpuNamed(gpus: readonly string[], id: string): string {
    const name = gpus.find((candidate) => candidate.endsWith(`=${id}`));
    if (name !== undefined) return name;
    throw new HakoError('invalid', `unknown GPU "${id}": the host has ${gpus.join(', ') || 'none'}`);
  }

  /** The edits for devices; those of a file come once, however many of its devices are asked for. Throws `invalid`. */
  resolve(names: readonly string[]): CdiEdits {
    const found = names.map((name) => this.#devices.get(name) ?? unresolvable(name));
    const files = [...new Set(found.map(({ file }) => file))];
    return mergeEdits([...files.map(({ edits }) => edits), ...found.map(({ edits }) => edits)]);
  }
}

function unresolvable(name: string): never {
  throw new HakoError('invalid', `unresolvable CDI device ${name}: no file in ${CDI_FOLDERS.join(' or ')} defines it`);
}
