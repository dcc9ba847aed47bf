/** Questions on the terminal. */
import { createInterface } from 'node:readline';
import { CliError } from '../errors.ts';

/** Asks for a line. Throws CliError where there is nobody to ask. */
export async function askLine(question: string): Promise<string> {
  requireTerminal();
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await new Promise<string>((resolve) => lines.question(question, (answer) => resolve(answer.trim())));
  } finally {
    lines.close();
  }
}

/** As `askLine`, without showing what is typed. */
export async function askHidden(question: string): Promise<string> {
  requireTerminal();
  process.stderr.write(question);
  process.stdin.setRawMode(true);
  try {
    return await readHidden();
  } finally {
    process.stdin.setRawMode(false);
    process.stdin.pause();
    process.stderr.write('\n');
  }
}

async function readHidden(): Promise<string> {
  let typed = '';
  for await (const chunk of process.stdin.iterator({ destroyOnReturn: false })) {
    for (const key of String(chunk)) {
      if (key === '\r' || key === '\n') return typed;
      if (key === '\u0003' || key === '\u0004') throw new CliError('cancelled');
      typed = key === '\u007f' || key === '\b' ? typed.slice(0, -1) : typed + key;
    }
  }
  return typed;
}

function requireTerminal(): void {
  if (!process.stdin.isTTY) throw new CliError('there is no terminal to ask on: use --username and --password-stdin');
}
