/** The part of the Redis protocol (RESP2) that the guestbook needs: arrays of bulk strings out, any reply in. */
import net from 'node:net';

export type Reply = string | number | null | Reply[];

/** Parses one reply at `offset`; undefined while bytes are missing. */
export function parseReply(text: Buffer, offset = 0): { reply: Reply; end: number } | undefined {
  const lineEnd = text.indexOf('\r\n', offset);
  if (lineEnd < 0) return undefined;
  const line = text.toString('utf8', offset + 1, lineEnd);
  const body = lineEnd + 2;
  switch (text.toString('latin1', offset, offset + 1)) {
    case '+':
      return { reply: line, end: body };
    case ':':
      return { reply: Number(line), end: body };
    case '$':
      return parseBulk(text, Number(line), body);
    case '*':
      return parseArray(text, Number(line), body);
    default:
      throw new Error(`the store says: ${line}`);
  }
}

function parseBulk(text: Buffer, length: number, start: number): { reply: Reply; end: number } | undefined {
  if (length < 0) return { reply: null, end: start };
  const end = start + length;
  return text.length < end + 2 ? undefined : { reply: text.toString('utf8', start, end), end: end + 2 };
}

function parseArray(text: Buffer, length: number, start: number): { reply: Reply; end: number } | undefined {
  const items: Reply[] = [];
  let end = start;
  for (let index = 0; index < length; index++) {
    const item = parseReply(text, end);
    if (item === undefined) return undefined;
    items.push(item.reply);
    end = item.end;
  }
  return { reply: items, end };
}

/** Sends one command over a connection of its own and answers the reply: simple, and right after a restart of the store. */
export function redis(host: string, ...words: string[]): Promise<Reply> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const socket = net.connect({ host, port: 6379, timeout: 5000 });
  let received = Buffer.alloc(0);
  socket.on('error', reject);
  socket.on('timeout', () => socket.destroy(new Error(`the store ${host} does not answer`)));
  socket.on('close', () => reject(new Error(`the store ${host} closed the connection`)));
  socket.on('data', (chunk: Buffer) => {
    received = Buffer.concat([received, chunk]);
    try {
      const parsed = parseReply(received);
      if (parsed === undefined) return;
      resolve(parsed.reply);
      socket.destroy();
    } catch (error) {
      socket.destroy(error as Error);
    }
  });
  socket.write(`*${words.length}\r\n${words.map((word) => `$${Buffer.byteLength(word)}\r\n${word}\r\n`).join('')}`);
  return promise;
}
