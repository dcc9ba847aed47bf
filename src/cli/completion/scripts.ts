/** Completion for shells, generated from the command table and the commands' own flags. */
import type { Flags } from '../args/flags.ts';
import { globalFlags } from '../globals.ts';
import { type Entry, groups, shortcuts, single } from '../table.ts';

/** A command's words with their one-line help, and the flags that it takes. */
interface Completed {
  words: string;
  summary: string;
  flags: string[];
  /** Those of them that take a value, by name and letter: what follows is no flag and no object, maybe a file. */
  valued: string[];
}

export const SHELLS: readonly string[] = ['bash', 'zsh', 'fish'];

/** What comes after the command, where names of objects fit. */
const OBJECTS: readonly [pattern: RegExp, list: string][] = [
  [
    /^(container )?(start|rm|inspect|logs|commit|cp|diff|export|port|rename|update|wait|restart)$/,
    'ps -a --format {{.Names}}',
  ],
  [/^(container )?(stop|kill|pause|unpause|exec|attach|top|stats)$/, 'ps --format {{.Names}}'],
  [
    /^(rmi|run|create|history|save|tag|push|image (rm|inspect|history|save|tag|push)|container (run|create))$/,
    'images --format {{.Repository}}:{{.Tag}}',
  ],
  [/^network (rm|inspect|connect|disconnect)$/, 'network ls --format {{.Name}}'],
  [/^volume (rm|inspect)$/, 'volume ls -q'],
];

/** The script for one shell. */
export async function completionScript(shell: string): Promise<string> {
  const commands = await allCommands();
  if (shell === 'fish') return fishScript(commands);
  return shell === 'zsh' ? zshScript(commands) : bashScript(commands);
}

async function allCommands(): Promise<Completed[]> {
  const entries: [string, Entry][] = [
    ...Object.entries(single),
    ...Object.entries(shortcuts).flatMap(([name, [group, word]]): [string, Entry][] => {
      const entry = groups[group]?.commands[word];
      return entry === undefined ? [] : [[name, entry]];
    }),
    ...Object.entries(groups).flatMap(([group, { commands }]) =>
      Object.entries(commands).map(([word, entry]): [string, Entry] => [`${group} ${word}`, entry]),
    ),
  ];
  return Promise.all(entries.map(([words, entry]) => completed(words, entry)));
}

async function completed(words: string, entry: Entry): Promise<Completed> {
  const { default: command } = await entry.load();
  return { words, summary: entry.summary, flags: flagNames(command.flags), valued: valuedFlags(command.flags) };
}

function flagNames(flags: Flags): string[] {
  return Object.entries(flags)
    .filter(([, flag]) => !flag.hidden)
    .map(([name]) => `--${name}`);
}

function valuedFlags(flags: Flags): string[] {
  return Object.entries(flags)
    .filter(([, flag]) => !flag.hidden && flag.value !== '')
    .flatMap(([name, { short }]) => [`--${name}`, ...(short === '' ? [] : [`-${short}`])]);
}

/** `case` branches that print candidates, shared by bash and zsh. */
function cases(commands: readonly Completed[]): string {
  const branches = commands.map(({ words, flags, valued }) => {
    const objects = OBJECTS.find(([pattern]) => pattern.test(words))?.[1];
    const names =
      objects === undefined ? '' : ` $(hako ${objects.replaceAll('{{', "'{{").replaceAll('}}', "}}'")} 2>/dev/null)`;
    const values = valued.length === 0 ? '' : `case $last in ${valued.join('|')}) return ;; esac; `;
    return `    '${words}') ${values}echo "${[...flags, '--help'].join(' ')}${names}" ;;`;
  });
  const groupBranches = Object.entries(groups).map(
    ([name, { commands: own }]) => `    '${name}') echo "${Object.keys(own).join(' ')}" ;;`,
  );
  const top = [
    ...new Set([...Object.keys(single), ...Object.keys(shortcuts), ...Object.keys(groups), ...flagNames(globalFlags)]),
  ];
  return [...branches, ...groupBranches, `    *) echo "${top.join(' ')}" ;;`].join('\n');
}

function candidatesFunction(commands: readonly Completed[]): string {
  const names = Object.keys(groups).join('|');
  return `_hako_candidates() {
  # The words that name the command: two for a group, else one; flags before them do not count.
  local words="" word last="\${@: -1}"
  for word in "$@"; do
    case $word in -*) continue ;; esac
    case $words in
      "") words=$word ;;
      ${names}) words="$words $word"; break ;;
      *) break ;;
    esac
  done
  case $words in
${cases(commands)}
  esac
}`;
}

function bashScript(commands: readonly Completed[]): string {
  return `# bash completion for hako; made by: hako completion bash
${candidatesFunction(commands)}

_hako() {
  local current="\${COMP_WORDS[COMP_CWORD]}"
  local candidates="$(_hako_candidates "\${COMP_WORDS[@]:1:COMP_CWORD-1}")"
  COMPREPLY=($(compgen -W "$candidates" -- "$current"))
  type __ltrim_colon_completions >/dev/null 2>&1 && __ltrim_colon_completions "$current"
  return 0
}
complete -o default -F _hako hako
`;
}

function zshScript(commands: readonly Completed[]): string {
  return `#compdef hako
# zsh completion for hako; made by: hako completion zsh
${candidatesFunction(commands)}

_hako() {
  local -a candidates
  candidates=(\${=$(_hako_candidates "\${(@)words[2,CURRENT-1]}")})
  compadd -- $candidates
  _files
}
compdef _hako hako
`;
}

function fishScript(commands: readonly Completed[]): string {
  const quote = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = commands.flatMap(({ words, summary, flags, valued }) => {
    const [first = '', second] = words.split(' ');
    const before = second === undefined ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${first}`;
    const after =
      second === undefined
        ? `__fish_seen_subcommand_from ${first}`
        : `__fish_seen_subcommand_from ${first}; and __fish_seen_subcommand_from ${second}`;
    const objects = OBJECTS.find(([pattern]) => pattern.test(words))?.[1];
    return [
      `complete -c hako -n ${quote(before)} -a ${second ?? first} -d ${quote(summary)}`,
      ...flags.map(
        (flag) => `complete -c hako -n ${quote(after)} -l ${flag.slice(2)}${valued.includes(flag) ? ' -r' : ''}`,
      ),
      ...(objects === undefined
        ? []
        : [
            `complete -c hako -n ${quote(after)} -a ${quote(`(hako ${objects.replaceAll(/(\{\{.*\}\})/g, '"$1"')} 2>/dev/null)`)}`,
          ]),
    ];
  });
  const groupLines = Object.entries(groups).map(
    ([name, { summary }]) => `complete -c hako -n '__fish_use_subcommand' -a ${name} -d ${quote(summary)}`,
  );
  return `# fish completion for hako; made by: hako completion fish\n${[...groupLines, ...lines].join('\n')}\n`;
}
