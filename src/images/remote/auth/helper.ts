/** Credential helpers: `docker-credential-NAME get|store|erase`, JSON on standard input and output. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { errnoCode, HakoError } from '#base';
import type { Credentials } from './credentials.ts';

/** What a helper says, on standard output and with status 1, where it knows nothing of a server. */
const NOT_FOUND = /credentials not found/i;
/** The user name that says that the secret is an identity token. */
const TOKEN_USER = '<token>';
const TIMEOUT_MS = 60_000;

/** Undefined where the helper has nothing for the server, or is not installed. */
export async function getFromHelper(helper: string, server: string): Promise<Credentials | undefined> {
  const { code, output } = await callHelper(helper, 'get', server);
  if (code !== 0) {
    if (NOT_FOUND.test(output) || output.trim() === '') return undefined;
    throw failed(helper, output);
  }
  const { Username: username, Secret: secret } = parseAnswer(helper, output);
  if (secret === '') return undefined;
  return username === TOKEN_USER ? { username: '', identityToken: secret } : { username, password: secret };
}

export async function storeWithHelper(helper: string, server: string, credentials: Credentials): Promise<void> {
  if ('registryToken' in credentials) throw new HakoError('unsupported', 'a registry token cannot be kept by a helper');
  const entry =
    'identityToken' in credentials
      ? { ServerURL: server, Username: TOKEN_USER, Secret: credentials.identityToken }
      : { ServerURL: server, Username: credentials.username, Secret: credentials.password };
  const { code, output } = await callHelper(helper, 'store', JSON.stringify(entry));
  if (code !== 0) throw failed(helper, output);
}

export async function eraseWithHelper(helper: string, server: string): Promise<void> {
  const { code, output } = await callHelper(helper, 'erase', server);
  if (code !== 0 && !NOT_FOUND.test(output)) throw failed(helper, output);
}

async function callHelper(helper: string, verb: string, input: string): Promise<{ code: number; output: string }> {
  if (!/^[\w.-]+$/.test(helper)) throw new HakoError('invalid', `"${helper}" is no name of a credential helper`);
  const program = `docker-credential-${helper}`;
  const child = spawn(program, [verb], { stdio: ['pipe', 'pipe', 'ignore'], timeout: TIMEOUT_MS });
  child.stdin.on('error', () => undefined).end(input);
  try {
    const [output, [code]] = await Promise.all([text(child.stdout), once(child, 'close')]);
    return { code: code ?? 1, output };
  } catch (error) {
    if (errnoCode(error) !== 'ENOENT') throw error;
    throw new HakoError(
      'failed_precondition',
      `config.json names the credential helper "${helper}", but ${program} is not in PATH: install it, or take it out of the file`,
      { cause: error },
    );
  }
}

function parseAnswer(helper: string, output: string): { Username: string; Secret: string } {
  try {
    const { Username, Secret } = JSON.parse(output) as Record<string, unknown>;
    if (typeof Username === 'string' && typeof Secret === 'string') return { Username, Secret };
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw new HakoError('invalid', `the credential helper "${helper}" answered what is not its protocol`);
}

function failed(helper: string, output: string): HakoError {
  return new HakoError(
    'failed_precondition',
    `the credential helper "${helper}" failed: ${output.trim().slice(0, 500)}`,
  );
}
