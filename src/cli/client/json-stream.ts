/** Streams of JSON objects, one a line, as the API sends progress, events and stats. */
import { CliError } from '../errors.ts';

/** The objects of a stream as they arrive; `T` is what the API documents. */
export async function* jsonLines<T>(body: AsyncIterable<Buffer>): AsyncGenerator<T> {
  for await (const line of lines(body)) yield JSON.parse(line) as T;
}

/** Lines of text without their ends; empty lines are left out. A character may be split between chunks. */
export async function* lines(body: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of body) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split(/\r?\n/);
    rest = parts.pop() ?? '';
    for (const part of parts) if (part !== '') yield part;
  }
  if (rest.trim() !== '') yield rest;
}

/** One message of `/images/create`, `/images/load`, `/build`: docker's jsonmessage. */
export interface ProgressMessage {
  id?: string;
  status?: string;
  stream?: string;
  error?: string;
  errorDetail?: { message?: string };
  progressDetail?: { current?: number; total?: number };
  aux?: Record<string, unknown>;
}

/** The messages of a progress stream; an error message in it throws CliError. */
export async function* progressMessages(body: AsyncIterable<Buffer>): AsyncGenerator<ProgressMessage> {
  for await (const message of jsonLines<ProgressMessage>(body)) {
    const failure = message.errorDetail?.message ?? message.error;
    if (failure !== undefined) throw new CliError(failure);
    yield message;
  }
}
