/** Container edits of the Container Device Interface 1.0 (SPEC.md, "containerEdits"), merged over all chosen devices. */
import type { OciHookName } from '../oci-spec.ts';

export interface CdiEdits {
  env: string[];
  deviceNodes: CdiDeviceNode[];
  mounts: CdiMount[];
  hooks: CdiHook[];
  additionalGids: number[];
}

/** A device node; `major` and `minor` are filled from the host where the file leaves them out. */
export interface CdiDeviceNode {
  path: string;
  hostPath?: string;
  type: 'c' | 'b' | 'p';
  major: number;
  minor: number;
  fileMode?: number;
  permissions?: string;
  uid?: number;
  gid?: number;
}

export interface CdiMount {
  hostPath: string;
  containerPath: string;
  options?: string[];
  type?: string;
}

export interface CdiHook {
  hookName: OciHookName;
  path: string;
  args?: string[];
  env?: string[];
  timeout?: number;
}

export const NO_CDI_EDITS: CdiEdits = { env: [], deviceNodes: [], mounts: [], hooks: [], additionalGids: [] };
