import { request } from 'node:https';
import { HakoError } from '#base';

/** A JSON call over HTTPS: unlike fetch it takes a CA and a client certificate. */
export interface HttpsJsonOptions {
  readonly method?: 'GET' | 'POST';
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** PEM; undefined: the system's. */
  readonly ca?: string;
  readonly cert?: string;
  readonly key?: string;
  readonly timeoutMs?: number;
}

const MAX_ANSWER_BYTES = 4 * 2 ** 20;

/** Answers the decoded JSON of a 2xx; every other end rejects with a HakoError (`unavailable`) that names the URL. */
export async function httpsJson(url: string, options: HttpsJsonOptions = {}): Promise<unknown> {
  const { body, headers, timeoutMs = 10_000, method = body === undefined ? 'GET' : 'POST', ca, cert, key } = options;
  if (!url.startsWith('https://')) throw failed(url, 'the URL must begin with https://');
  const text = body === undefined ? undefined : JSON.stringify(body);
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const contentType = text === undefined ? {} : { 'content-type': 'application/json' };
  const call = request(
    url,
    {
      method,
      headers: { accept: 'application/json', ...contentType, ...headers },
      ca,
      cert,
      key,
      signal: AbortSignal.timeout(timeoutMs),
    },
    (response) => {
      const chunks: Buffer[] = [];
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
        chunks.push(chunk);
        if (bytes > MAX_ANSWER_BYTES) response.destroy(new Error('the answer is too large'));
      });
      response.on('error', (error) => reject(failed(url, error.message, error)));
      response.on('end', () => {
        const { statusCode = 0 } = response;
        if (statusCode < 200 || statusCode > 299) reject(failed(url, `it answered ${statusCode}`));
        else settle(Buffer.concat(chunks).toString('utf8'), url, resolve, reject);
      });
    },
  );
  call.on('error', (error) => reject(failed(url, error.message, error)));
  call.end(text);
  return promise;
}

function settle(text: string, url: string, resolve: (value: unknown) => void, reject: (error: unknown) => void): void {
  try {
    resolve(JSON.parse(text));
  } catch (error) {
    reject(failed(url, 'its answer is no JSON', error));
  }
}

function failed(url: string, why: string, cause?: unknown): HakoError {
  return new HakoError('unavailable', `${url} cannot be asked: ${why}`, { cause });
}
