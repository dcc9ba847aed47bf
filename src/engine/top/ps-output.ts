import { HakoError } from '#base';

/** What `docker top` answers. */
export interface ProcessTable {
  titles: string[];
  processes: string[][];
}

/**
 * Cuts the output of ps(1) into columns and keeps the rows of `pids`. The last column takes what is left of its line. A row
 * with `-` for its pid is a thread: it goes with the process before it.
 */
export function parsePsOutput(output: string, pids: readonly number[]): ProcessTable {
  const [header = '', ...lines] = output.split('\n');
  const titles = fields(header);
  const pidColumn = titles.indexOf('PID');
  if (pidColumn === -1) throw new HakoError('invalid', "Couldn't find PID field in ps output");
  const wanted = new Set(pids.map(String));
  const processes: string[][] = [];
  let follows = false;
  for (const line of lines.filter((text) => text !== '')) {
    const row = rowOf(fields(line), titles.length);
    const pid = row[pidColumn] ?? '';
    if (pid !== '-') follows = wanted.has(requirePid(pid));
    if (follows) processes.push(row);
  }
  return { titles, processes };
}

/** ASCII white space alone separates: a command line may hold any other. */
function fields(line: string): string[] {
  return line.split(/[ \t\n\v\f\r]+/).filter((field) => field !== '');
}

function rowOf(words: string[], columns: number): string[] {
  return [...words.slice(0, columns - 1), words.slice(columns - 1).join(' ')];
}

function requirePid(text: string): string {
  if (!/^\d+$/.test(text)) throw new HakoError('invalid', `Unexpected pid '${text}'`);
  return text;
}
