import { badRequest, type StatusDetails, StatusError, type StatusReason } from '#kube/api';
import type { Hook } from './hook.ts';
import type { Decision } from './review.ts';

/** The error of a request that a webhook has refused: its own Status, made sound. */
export function rejection({ name }: Hook, { status }: Decision): StatusError {
  const { code, message, reason, details } = status;
  const deniedBy = `admission webhook "${name}" denied the request`;
  const words = [message, reason].find((text) => typeof text === 'string' && text !== '');
  return new StatusError(
    typeof code === 'number' && Number.isInteger(code) && code >= 400 && code <= 599 ? code : 400,
    typeof reason === 'string' ? (reason as StatusReason) : '',
    words === undefined ? `${deniedBy} without explanation` : `${deniedBy}: ${words}`,
    typeof details === 'object' && details !== null ? (details as StatusDetails) : undefined,
  );
}

/** A dry run must not have effects, and this webhook has some. */
export function noDryRun({ name }: Hook): StatusError {
  return badRequest(`admission webhook "${name}" does not support dry run`);
}
