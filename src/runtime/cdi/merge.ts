import { errorMessage, HakoError } from '#base';
import { resolveDevice } from '../spec/host-devices.ts';
import type { CdiDeviceNode, CdiEdits } from './edits.ts';

/** A node whose numbers the file leaves out has those of the host's node (SPEC.md, "deviceNodes"). */
function fillNode(node: CdiDeviceNode): CdiDeviceNode[] {
  if (node.major !== 0 || node.minor !== 0 || node.type === 'p') return [node];
  try {
    const [host] = resolveDevice(node.hostPath ?? node.path, node.path, node.permissions ?? '');
    if (host === undefined) return [];
    const { type, major, minor } = host;
    return [{ ...node, type, major, minor, fileMode: node.fileMode ?? host.fileMode }];
  } catch (cause) {
    throw new HakoError('failed_precondition', `CDI device node ${node.path}: ${errorMessage(cause)}`, { cause });
  }
}

/** Joins edits in their order. Throws `failed_precondition` for a node that the host lacks. */
export function mergeEdits(all: readonly CdiEdits[]): CdiEdits {
  return {
    env: all.flatMap(({ env }) => env),
    deviceNodes: all.flatMap(({ deviceNodes }) => deviceNodes.flatMap(fillNode)),
    mounts: all.flatMap(({ mounts }) => mounts),
    hooks: all.flatMap(({ hooks }) => hooks),
    additionalGids: [...new Set(all.flatMap(({ additionalGids }) => additionalGids))],
  };
}
