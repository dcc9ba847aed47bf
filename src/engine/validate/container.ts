import type { ContainerConfig, HostConfig, Resources, RestartPolicy } from '../spec.ts';
import { validateConfig } from './config.ts';
import { validateHost } from './host.ts';
import { validatePorts } from './ports.ts';
import { validateResources } from './resources.ts';
import { validateRestartPolicy } from './restart.ts';

/** Checks everything about a new container that needs no look at the host's state; answers warnings, throws `invalid`. */
export function validateContainer(config: ContainerConfig, hostConfig: HostConfig): string[] {
  validateConfig(config);
  validateHost(hostConfig);
  validatePorts(config, hostConfig);
  validateRestartPolicy(hostConfig.RestartPolicy, { autoRemove: hostConfig.AutoRemove === true });
  return validateResources(hostConfig, { isUpdate: false });
}

/** Checks what `update` asks; answers warnings, throws `invalid`. */
export function validateUpdate(request: Resources & { RestartPolicy?: RestartPolicy }): string[] {
  validateRestartPolicy(request.RestartPolicy, { autoRemove: false });
  return validateResources(request, { isUpdate: true });
}
