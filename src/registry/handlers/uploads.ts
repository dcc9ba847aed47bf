import { isDigest } from '#base';
import type { Upload } from '../contract.ts';
import { RegistryError } from '../errors.ts';
import type { Exchange } from '../http/exchange.ts';
import { parseContentRange } from '../http/range.ts';
import { checkDigest, isRepositoryName } from '../names.ts';
import type { RegistryParts } from './handler.ts';

/** POST /v2/<name>/blobs/uploads/ (end-4a, end-4b, end-11): begins an upload, or makes one unnecessary. */
export async function startUpload(parts: RegistryParts, exchange: Exchange): Promise<void> {
  const { repository } = exchange.route;
  if (exchange.query.has('mount') && (await mount(parts, exchange))) return;
  const digest = exchange.query.get('digest');
  if (digest !== null) checkDigest(digest);
  const id = await parts.storage.uploads.create(repository);
  if (digest === null) return sendProgress(exchange, 202, { id, offsetBytes: 0 });
  await use(parts, exchange, id, (upload) => complete(exchange, upload, digest));
}

/** GET /v2/<name>/blobs/uploads/<id> (end-13): how far it is. */
export async function getUpload(parts: RegistryParts, exchange: Exchange): Promise<void> {
  await use(parts, exchange, exchange.route.reference, async (upload) => sendProgress(exchange, 204, upload));
}

/** PATCH /v2/<name>/blobs/uploads/<id> (end-5): one chunk, or with no Content-Range a stream. */
export async function patchUpload(parts: RegistryParts, exchange: Exchange): Promise<void> {
  await use(parts, exchange, exchange.route.reference, async (upload) => {
    checkChunk(exchange, upload);
    await upload.append(exchange.body());
    sendProgress(exchange, 202, upload);
  });
}

/** PUT /v2/<name>/blobs/uploads/<id>?digest=<digest> (end-6): the last chunk, or nothing, and it is a blob. */
export async function putUpload(parts: RegistryParts, exchange: Exchange): Promise<void> {
  const digest = checkDigest(exchange.query.get('digest') ?? '');
  await use(parts, exchange, exchange.route.reference, (upload) => complete(exchange, upload, digest));
}

/** DELETE /v2/<name>/blobs/uploads/<id> (end-14). */
export async function cancelUpload(parts: RegistryParts, exchange: Exchange): Promise<void> {
  await use(parts, exchange, exchange.route.reference, async (upload) => {
    await upload.cancel();
    exchange.empty(204);
  });
}

/** Whoever has the upload already has lost its client, who is here now. */
function use(parts: RegistryParts, exchange: Exchange, id: string, work: (upload: Upload) => Promise<void>) {
  const interrupt = () => {
    if (!exchange.request.complete) exchange.request.destroy();
  };
  return parts.storage.uploads.use(exchange.route.repository, id, interrupt, work);
}

async function complete(exchange: Exchange, upload: Upload, text: string): Promise<void> {
  const digest = checkDigest(text);
  checkChunk(exchange, upload);
  await upload.append(exchange.body());
  await upload.finish(digest);
  sendCreated(exchange, digest);
}

/** A chunk begins where the last one ended, and is as long as it says. */
function checkChunk(exchange: Exchange, upload: Upload): void {
  const range = parseContentRange(exchange.header('content-range'));
  if (range === undefined) return;
  if (range === 'malformed' || range.start !== upload.offsetBytes) {
    throw new RegistryError('RANGE_INVALID', `the next chunk must begin at ${upload.offsetBytes}`, {
      headers: progressHeaders(exchange, upload),
    });
  }
  const length = exchange.header('content-length');
  if (length === undefined || Number(length) === range.end - range.start) return;
  throw new RegistryError('SIZE_INVALID', 'Content-Length is not the length of Content-Range');
}

/** Answers 201 where a blob of another repository will do, which the client must be allowed to pull. */
async function mount({ storage }: RegistryParts, exchange: Exchange): Promise<boolean> {
  const { repository } = exchange.route;
  const digest = exchange.query.get('mount') ?? '';
  if (!isDigest(digest)) return false;
  const from = exchange.query.get('from');
  const homes = from === null ? storage.homesOf(digest) : [from];
  const source = homes.find((home) => isRepositoryName(home) && exchange.access.may('pull', home));
  if (source === undefined || !(await storage.mountBlob(repository, digest, source))) return false;
  sendCreated(exchange, digest);
  return true;
}

function sendCreated(exchange: Exchange, digest: string): void {
  const location = `/v2/${exchange.route.repository}/blobs/${digest}`;
  exchange.empty(201, { Location: location, 'Docker-Content-Digest': digest });
}

function sendProgress(exchange: Exchange, status: number, upload: Pick<Upload, 'id' | 'offsetBytes'>): void {
  exchange.empty(status, progressHeaders(exchange, upload));
}

/** Range says what is there, inclusive; `0-0` also for nothing, as clients know it. */
function progressHeaders(exchange: Exchange, { id, offsetBytes }: Pick<Upload, 'id' | 'offsetBytes'>) {
  return {
    Location: `/v2/${exchange.route.repository}/blobs/uploads/${id}`,
    Range: `0-${Math.max(0, offsetBytes - 1)}`,
    'Docker-Upload-UUID': id,
  };
}
