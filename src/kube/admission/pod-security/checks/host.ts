import type { Container } from '#kube/api/resources';
import { type Check, namely, namesOf, quoted, setters, sorted } from './check.ts';

/** Nothing of the node's namespaces. */
export const hostNamespaces: Check = ({ spec }) => {
  const used = (['hostNetwork', 'hostPID', 'hostIPC'] as const).filter((name) => spec[name] === true);
  if (used.length === 0) return undefined;
  return { reason: 'host namespaces', detail: used.map((name) => `${name}=true`).join(', ') };
};

/** No folders of the node. */
export const hostPathVolumes: Check = ({ spec }) => {
  const names = (spec.volumes ?? []).filter(({ hostPath }) => hostPath !== undefined).map(({ name = '' }) => name);
  return names.length === 0 ? undefined : { reason: 'hostPath volumes', detail: namely('volume', names) };
};

/** No ports of the node. */
export const hostPorts: Check = (pod) => {
  const portsOf = ({ ports = [] }: Container) =>
    ports.flatMap(({ hostPort = 0 }) => (hostPort === 0 ? [] : [hostPort]));
  const names = namesOf(pod, (container) => portsOf(container).length > 0);
  if (names.length === 0) return undefined;
  const ports = sorted(pod.containers.flatMap(portsOf).map(String));
  const word = ports.length === 1 ? 'hostPort' : 'hostPorts';
  const detail = `${namely('container', names)} ${names.length === 1 ? 'uses' : 'use'} ${word} ${ports.join(', ')}`;
  return { reason: 'hostPort', detail };
};

/** Probes and hooks ask the pod itself, nobody else; from 1.34 on. */
export const hostProbes: Check = (pod, minor) => {
  if (minor < 34) return undefined;
  const names = sorted(namesOf(pod, (container) => hostsOf(container).length > 0));
  if (names.length === 0) return undefined;
  const hosts = sorted(pod.containers.flatMap(hostsOf));
  const word = hosts.length === 1 ? 'probe or lifecycle host' : 'probe or lifecycle hosts';
  const detail = `${namely('container', names)} ${names.length === 1 ? 'uses' : 'use'} ${word} ${quoted(hosts)}`;
  return { reason: 'probe or lifecycle host', detail };
};

function hostsOf({ livenessProbe, readinessProbe, startupProbe, lifecycle }: Container): string[] {
  const handlers = [livenessProbe, readinessProbe, startupProbe, lifecycle?.postStart, lifecycle?.preStop];
  return handlers
    .flatMap((handler) => [handler?.httpGet?.host ?? '', handler?.tcpSocket?.host ?? ''])
    .filter((host) => host !== '');
}

/** No Windows containers that are processes of the node. */
export const windowsHostProcess: Check = (pod) => {
  const who = setters(
    pod.spec.securityContext?.windowsOptions?.hostProcess === true,
    namesOf(pod, ({ securityContext }) => securityContext?.windowsOptions?.hostProcess === true),
  );
  if (who === '') return undefined;
  return { reason: 'hostProcess', detail: `${who} must not set securityContext.windowsOptions.hostProcess=true` };
};
