import { canonicalizeResourceList } from '../../../values/mod.ts';
import { defaultPullPolicy } from './image.ts';
import type { Container, ContainerPort, LifecycleHandler, Probe } from './types.ts';
import { setFieldRefDefaults, setResourceFieldDefaults } from './volume-defaults.ts';

/** The defaults of a container of any sort. */
export function setContainerDefaults(container: Container): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  // Upstream's type has it by value: it is always on the wire.
  container.resources ??= {};
  canonicalizeResourceList(container.resources.limits);
  canonicalizeResourceList(container.resources.requests);
  if (container.ports !== undefined) setPortDefaults(container.ports);
  if (container.env !== undefined) setEnvironmentDefaults(container.env);
  setProbeDefaults(container.livenessProbe);
  setProbeDefaults(container.readinessProbe);
  setProbeDefaults(container.startupProbe);
  if (container.lifecycle !== undefined) {
    setHandlerDefaults(container.lifecycle.postStart);
    setHandlerDefaults(container.lifecycle.preStop);
  }
  if (container.securityContext !== undefined && container.securityContext.procMount === '')
    delete container.securityContext.procMount;
}

function setPortDefaults(ports: readonly ContainerPort[]): void {
  for (const port of ports) port.protocol ||= 'TCP';
}

function setEnvironmentDefaults(env: NonNullable<Container['env']>): void {
  for (const { valueFrom } of env) {
    if (valueFrom === undefined) continue;
    setFieldRefDefaults(valueFrom.fieldRef);
    setResourceFieldDefaults(valueFrom.resourceFieldRef);
    if (valueFrom.fileKeyRef !== undefined) valueFrom.fileKeyRef.optional ??= false;
  }
}

function setProbeDefaults(probe: Probe | undefined): void {
  if (probe === undefined) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.grpc !== undefined) probe.grpc.service ??= '';
  setHandlerDefaults(probe);
}

function setHandlerDefaults(handler: LifecycleHandler | undefined): void {
  if (handler?.httpGet === undefined) return;
  handler.httpGet.path ||= '/';
  handler.httpGet.scheme ||= 'HTTP';
}
