/** The help texts: an overview, a group, one command; made from the table and the commands themselves. */
import type { Flag, Flags } from './args/flags.ts';
import { didYouMean } from './args/suggest.ts';
import type { Command } from './command.ts';
import { CliError } from './errors.ts';
import { globalFlags } from './globals.ts';
import { print, printError } from './output.ts';
import { type Entry, type Found, findCommand, groups, machineCommands, shortcuts, single } from './table.ts';

const COMMON = ['run', 'ps', 'logs', 'exec', 'stop', 'rm', 'images'];

/** Prints help for the words of a command; for none, the overview. Answers the exit code. */
export async function printHelp(words: readonly string[]): Promise<number> {
  if (words.length === 0) {
    print(overview());
    return 0;
  }
  const found = findCommand(words);
  if (found.entry === undefined) return printGroup(found, words.length === 1);
  const { default: command } = await found.entry.load();
  print(commandHelp(found.name, found.entry.summary, command));
  return 0;
}

/** For words that end at a group: its commands. For words that name nothing: an error with the nearest names. */
export function printGroup(found: Found, asked = false): number {
  const group = groups[found.name];
  const [word] = found.rest;
  const isHelp = word === '--help' || word === '-h' || word === 'help';
  if (group !== undefined && (word === undefined || isHelp)) {
    const text = groupHelp(found.name, group.summary, group.commands);
    asked || isHelp ? print(text) : printError(text);
    return asked || isHelp ? 0 : 1;
  }
  const known =
    group === undefined
      ? [...Object.keys(single), ...Object.keys(shortcuts), ...Object.keys(groups)]
      : Object.keys(group.commands);
  const prefix = group === undefined ? 'hako ' : `hako ${found.name} `;
  const see = group === undefined ? 'hako --help' : `hako ${found.name} --help`;
  if (word?.startsWith('-')) throw new CliError(`unknown flag: ${word}\nSee '${see}'.`);
  throw new CliError(
    `"${prefix}${word ?? ''}" is no command${didYouMean({ word: word ?? '', known, prefix })}\nSee '${see}'.`,
  );
}

function overview(): string {
  const everyday = entriesOf(COMMON);
  const rest = entriesOf(
    Object.keys(shortcuts)
      .filter((name) => !COMMON.includes(name))
      .sort(),
  );
  const others = Object.entries(single).filter(([name]) => !Object.hasOwn(machineCommands, name));
  return [
    'Usage:  hako [OPTIONS] COMMAND\n\nHakobune: containers, images, networks and clusters in one program\n',
    section('Every day', everyday),
    section('This machine', Object.entries(machineCommands)),
    section('Groups', Object.entries(groups)),
    section(
      'More',
      [...rest, ...others].sort(([a], [b]) => (a < b ? -1 : 1)),
    ),
    `Options:\n${flagLines(globalFlags)}`,
    'Start with:\n  hako up                                  # as root\n  hako image bootstrap debian:bookworm\n  hako run -it --rm debian:bookworm bash\n',
    "See 'hako COMMAND --help' for more about a command.\n",
  ].join('\n');
}

function entriesOf(names: readonly string[]): [string, { summary: string }][] {
  return names.map((name) => [name, { summary: findCommand([name]).entry?.summary ?? '' }]);
}

function groupHelp(name: string, summary: string, commands: Readonly<Record<string, Entry>>): string {
  const lines = section(
    'Commands',
    Object.entries(commands).sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  return `Usage:  hako ${name} COMMAND\n\n${summary}\n\n${lines}\nSee 'hako ${name} COMMAND --help' for more about a command.\n`;
}

function section(title: string, entries: readonly [string, { summary: string }][]): string {
  const width = Math.max(...entries.map(([name]) => name.length), 10);
  return `${title}:\n${entries.map(([name, { summary }]) => `  ${name.padEnd(width)}   ${summary}\n`).join('')}`;
}

/** The text for one command. */
export function commandHelp(name: string, summary: string, command: Command): string {
  const description = command.description === undefined ? '' : `\n${command.description}\n`;
  const shown = Object.values(command.flags).some((flag) => !flag.hidden);
  const options = shown ? `\nOptions:\n${flagLines(command.flags)}` : '';
  const examples = `\nExamples:\n${command.examples.map((line) => `  ${line}\n`).join('')}`;
  return `Usage:  hako ${name} ${command.usage}\n\n${summary}\n${description}${options}${examples}`;
}

function flagLines(flags: Flags): string {
  const shown = Object.entries(flags).filter(([, flag]) => !flag.hidden);
  const heads = shown.map(
    ([name, flag]) =>
      `${flag.short === '' ? '    ' : `-${flag.short}, `}--${name}${flag.value === '' ? '' : ` ${flag.value}`}`,
  );
  const width = Math.max(...heads.map((head) => head.length));
  return shown.map(([, flag], index) => `  ${(heads[index] ?? '').padEnd(width)}   ${flagHelp(flag)}\n`).join('');
}

function flagHelp(flag: Flag<unknown>): string {
  const { initial } = flag;
  const plain = typeof initial === 'string' || typeof initial === 'number' || initial === true;
  return plain && initial !== '' ? `${flag.help} (default ${initial})` : flag.help;
}
