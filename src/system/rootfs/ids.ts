import { HakoError } from '#base';
import type { IdRange } from '../tree-mount.ts';

/** The host's id for an id of the container. Throws `invalid` where the mapping has none. */
export function toHostId(id: number, mapping: IdRange | undefined): number {
  if (mapping === undefined) return id;
  if (id < mapping.size) return mapping.hostId + id;
  throw new HakoError(
    'invalid',
    `id ${id} is outside of the container's user namespace, which has ${mapping.size} ids`,
  );
}

const OVERFLOW_ID = 65_534;

/** The container's id for a host id; 65534 (nobody), as the kernel shows it, where the mapping has none. */
export function toContainerId(id: number, mapping: IdRange | undefined): number {
  if (mapping === undefined) return id;
  const inside = id - mapping.hostId;
  return inside >= 0 && inside < mapping.size ? inside : OVERFLOW_ID;
}

const CAPABILITY_V3 = 0x03000000;
const CAPABILITY_V2 = 0x02000000;

/** `security.capability` as it means the same inside: version 3 names its root on the host, version 2 does not. */
export function unmappedCapability(value: Buffer, mapping: IdRange | undefined): Buffer {
  const isV3 = value.length === 24 && (value.readUInt32LE(0) & 0xff000000) === CAPABILITY_V3;
  if (!isV3 || value.readUInt32LE(20) !== (mapping?.hostId ?? 0)) return value;
  const v2 = Buffer.from(value.subarray(0, 20));
  v2.writeUInt32LE(CAPABILITY_V2 | (value.readUInt32LE(0) & 0x00ffffff), 0);
  return v2;
}
