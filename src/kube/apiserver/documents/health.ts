import type { RawAnswer } from '../answer.ts';
import type { ApiRequest } from '../request.ts';

/** One thing that has to be well; rejects with the reason when it isn't. */
export type HealthCheck = () => Promise<void> | void;

/** Serves `/livez`, `/readyz`, `/healthz` and each check below them; `?verbose` lists, `?exclude=` leaves out. */
export async function health(
  root: string,
  checks: ReadonlyMap<string, HealthCheck>,
  { info, query }: ApiRequest,
): Promise<RawAnswer> {
  const only = info.path.slice(root.length + 1).replace(/^\//, '');
  const excluded = new Set(query.getAll('exclude'));
  const wanted = [...checks].filter(([name]) => only === '' || name === only);
  if (only !== '' && wanted.length === 0) return text(404, `there is no check ${only}\n`);
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of wanted) {
    if (only === '' && excluded.has(name)) {
      lines.push(`[+]${name} excluded: ok`);
      continue;
    }
    try {
      await check();
      lines.push(`[+]${name} ok`);
    } catch (error) {
      failed = true;
      lines.push(`[-]${name} failed: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  if (failed) return text(500, `${lines.join('\n')}\n${root} check failed\n`);
  return query.has('verbose') ? text(200, `${lines.join('\n')}\n${root} check passed\n`) : text(200, 'ok');
}

function text(code: number, body: string): RawAnswer {
  return { type: 'raw', code, contentType: 'text/plain; charset=utf-8', body };
}
