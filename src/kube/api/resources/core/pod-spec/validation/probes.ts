import {
  type FieldErrors,
  httpHeaderNameErrors,
  type Path,
  portNameErrors,
  portNumberErrors,
  validateNonnegative,
} from '../../../../values/mod.ts';
import type { Container, HttpGetAction, LifecycleHandler, Probe } from '../types.ts';

type ProbeKind = 'livenessProbe' | 'readinessProbe' | 'startupProbe';

/** Complaints about a container's probes and lifecycle hooks. */
export function validateProbesAndHooks(
  container: Container,
  gracePeriodSeconds: number | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  const { lifecycle } = container;
  if (lifecycle !== undefined) {
    const at = path.child('lifecycle');
    if (lifecycle.postStart !== undefined)
      validateHandler(lifecycle.postStart, gracePeriodSeconds, at.child('postStart'), errors);
    if (lifecycle.preStop !== undefined)
      validateHandler(lifecycle.preStop, gracePeriodSeconds, at.child('preStop'), errors);
  }
  validateProbe(container, 'livenessProbe', path, errors);
  validateProbe(container, 'readinessProbe', path, errors);
  validateProbe(container, 'startupProbe', path, errors);
}

function validateProbe(container: Container, kind: ProbeKind, path: Path, errors: FieldErrors): void {
  const probe = container[kind];
  if (probe === undefined) return;
  const at = path.child(kind);
  validateHandler(probe, undefined, at, errors);
  validateTimes(probe, at, errors);
  const { successThreshold, terminationGracePeriodSeconds: grace } = probe;
  const graceAt = at.child('terminationGracePeriodSeconds');
  if (grace !== undefined && grace <= 0) errors.invalid(graceAt, grace, 'must be greater than 0');
  if (kind !== 'readinessProbe') {
    if (successThreshold !== 1) errors.invalid(at.child('successThreshold'), successThreshold ?? 0, 'must be 1');
  } else if (grace !== undefined) errors.invalid(graceAt, grace, 'must not be set for readinessProbes');
}

function validateTimes(probe: Probe, path: Path, errors: FieldErrors): void {
  for (const field of TIMES) if ((probe[field] ?? 0) < 0) validateNonnegative(probe[field], path.child(field), errors);
}

const TIMES = [
  'initialDelaySeconds',
  'timeoutSeconds',
  'periodSeconds',
  'successThreshold',
  'failureThreshold',
] as const;

const ONE_HANDLER = 'may not specify more than 1 handler type';

function validateHandler(
  handler: LifecycleHandler,
  graceSeconds: number | undefined,
  path: Path,
  errors: FieldErrors,
): void {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler;
  let count = 0;
  const isFirst = (field: string): boolean => {
    if (count++ === 0) return true;
    errors.forbidden(path.child(field), ONE_HANDLER);
    return false;
  };
  if (exec !== undefined && isFirst('exec') && (exec.command?.length ?? 0) === 0)
    errors.required(path.child('exec').child('command'));
  if (httpGet !== undefined && isFirst('httpGet')) validateHttpGet(httpGet, path.child('httpGet'), errors);
  if (tcpSocket !== undefined && isFirst('tcpSocket'))
    validatePortNumberOrName(tcpSocket.port ?? 0, path.child('tcpSocket').child('port'), errors);
  if (grpc !== undefined && isFirst('grpc'))
    validatePortNumberOrName(grpc.port ?? 0, path.child('grpc').child('port'), errors);
  if (sleep !== undefined && isFirst('sleep')) validateSleep(sleep.seconds ?? 0, graceSeconds, path, errors);
  if (count === 0) errors.required(path, 'must specify a handler type');
}

function validateSleep(seconds: number, graceSeconds: number | undefined, path: Path, errors: FieldErrors): void {
  if (graceSeconds === undefined || (seconds >= 0 && seconds <= graceSeconds)) return;
  const detail = `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`;
  errors.invalid(path.child('sleep'), seconds, detail);
}

function validateHttpGet(action: HttpGetAction, path: Path, errors: FieldErrors): void {
  const { path: urlPath = '', port = 0, scheme = '', httpHeaders = [] } = action;
  if (urlPath === '') errors.required(path.child('path'));
  validatePortNumberOrName(port, path.child('port'), errors);
  if (scheme !== 'HTTP' && scheme !== 'HTTPS') errors.notSupported(path.child('scheme'), scheme, ['HTTP', 'HTTPS']);
  for (const { name = '' } of httpHeaders)
    errors.invalidEach(path.child('httpHeaders'), name, httpHeaderNameErrors(name));
}

/** A port, or the name of one. */
export function validatePortNumberOrName(port: number | string, path: Path, errors: FieldErrors): void {
  errors.invalidEach(path, port, typeof port === 'number' ? portNumberErrors(port) : portNameErrors(port));
}
