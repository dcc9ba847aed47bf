/** The entry of the command line: global flags, the command's own flags, its run, and one place for errors. */
import { parseFlags } from './args/parse.ts';
import { ApiClient } from './client/api.ts';
import { resolveHost } from './client/host.ts';
import type { Command } from './command.ts';
import { CliError, UsageError } from './errors.ts';
import { globalFlags } from './globals.ts';
import { flushOutput } from './output.ts';
import { type Found, findCommand } from './table.ts';

/** Runs one command line; answers the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  try {
    return await dispatch(argv);
  } catch (error) {
    return (await import('./report.ts')).reportError(error);
  }
}

async function dispatch(argv: readonly string[]): Promise<number> {
  const globals = parseFlags(globalFlags, argv, false);
  if (globals.values.debug) process.env.HAKO_DEBUG = '1';
  const words = globals.values.version ? ['version', '--short'] : globals.args;
  if (globals.values.help || words.length === 0) return showHelp(globals.values.help ? words : []);
  const found = findCommand(words);
  if (found.entry === undefined) return showGroup(found);
  const address = resolveHost(globals.values.host);
  const api = new ApiClient(address);
  if (found.entry.daemon) api.preconnect();
  const { default: command } = await found.entry.load();
  return runCommand(command, found, api);
}

async function runCommand(command: Command, found: Found, api: ApiClient): Promise<number> {
  const name = found.name;
  if (asksForHelp(command, found.rest)) return showHelp(name.split(' '));
  try {
    const { values, args, given } = parseFlags(command.flags, found.rest, command.interspersed);
    checkArity(command, args.length);
    return (await command.run({ flags: values, args, given, api })) ?? 0;
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    const hint = error.unknown === undefined ? '' : (await import('./args/suggest.ts')).didYouMean(error.unknown);
    const message = `${error.message}${hint}\n\nUsage:  hako ${name} ${command.usage}\nSee 'hako ${name} --help'.`;
    throw new CliError(message, { exitCode: command.usageExitCode ?? 1, cause: error });
  }
}

/** `--help` (or -h, where it means nothing else) among the command's own words: not after `--`, nor after the image of `run`. */
function asksForHelp(command: Command, words: readonly string[]): boolean {
  const own = words.includes('--') ? words.slice(0, words.indexOf('--')) : words;
  const takesH = Object.values(command.flags).some(({ short }) => short === 'h');
  const at = own.findIndex((word) => word === '--help' || (word === '-h' && !takesH));
  if (at < 0) return false;
  return command.interspersed !== false || own.slice(0, at).every((word) => word.startsWith('-'));
}

function checkArity(command: Command, count: number): void {
  const [fewest, most] = command.arity;
  if (count >= fewest && count <= most) return;
  const atLeast = most === Number.POSITIVE_INFINITY ? `at least ${fewest}` : `${fewest} to ${most}`;
  const wanted = most === 0 ? 'no' : fewest === most ? `${fewest}` : atLeast;
  throw new UsageError(
    `this command takes ${wanted} argument${most === 1 || wanted === 'at least 1' ? '' : 's'}, ${count} given`,
  );
}

async function showHelp(words: readonly string[]): Promise<number> {
  return (await import('./help.ts')).printHelp(words);
}

async function showGroup(found: Found): Promise<number> {
  return (await import('./help.ts')).printGroup(found);
}

if (import.meta.main) {
  const exitCode = await main(process.argv.slice(2));
  await flushOutput();
  // Idle connections and timers are not worth waiting for.
  process.exit(exitCode);
}
