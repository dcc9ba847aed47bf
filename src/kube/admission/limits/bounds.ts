import { compareQuantities, millisOf, parseQuantity, type ResourceList } from '#kube/api/values';
import { entryOf } from '../common/pod-resources.ts';

type List = Readonly<ResourceList> | undefined;

/** Negative, zero, positive; texts that are no quantities were refused elsewhere. */
function compare(a: string, b: string): number {
  const [left, right] = [parseQuantity(a), parseQuantity(b)];
  return left === undefined || right === undefined ? 0 : compareQuantities(left, right);
}

/** What is wrong where at least `bound` is due. */
export function minimum(type: string, name: string, bound: string, requests: List, limits: List): string | undefined {
  const [request, limit] = [entryOf(requests, name), entryOf(limits, name)];
  const rule = `minimum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  if (compare(request, bound) < 0) return `${rule}, but request is ${request}`;
  if (limit !== undefined && compare(limit, bound) < 0) return `${rule}, but limit is ${limit}`;
  return undefined;
}

/** What is wrong where at most `bound` is allowed. */
export function maximum(type: string, name: string, bound: string, requests: List, limits: List): string | undefined {
  const [request, limit] = [entryOf(requests, name), entryOf(limits, name)];
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  if (limit === undefined) return `${rule}.  No limit is specified`;
  if (compare(limit, bound) > 0) return `${rule}, but limit is ${limit}`;
  if (request !== undefined && compare(request, bound) > 0) return `${rule}, but request is ${request}`;
  return undefined;
}

/** The same for what has requests only. */
export function maximumRequest(type: string, name: string, bound: string, requests: List): string | undefined {
  const request = entryOf(requests, name);
  const rule = `maximum ${name} usage per ${type} is ${bound}`;
  if (request === undefined) return `${rule}.  No request is specified`;
  return compare(request, bound) > 0 ? `${rule}, but request is ${request}` : undefined;
}

/** What is wrong where the limit may be at most so many times the request. */
export function ratio(type: string, name: string, bound: string, requests: List, limits: List): string | undefined {
  const rule = `${name} max limit to request ratio per ${type} is ${bound}`;
  const request = millis(entryOf(requests, name));
  const limit = millis(entryOf(limits, name));
  if (request === 0) return `${rule}, but no request is specified or request is 0`;
  if (limit === 0) return `${rule}, but no limit is specified or limit is 0`;
  const actual = limit / request;
  return actual > millis(bound) / 1000 ? `${rule}, but provided ratio is ${actual.toFixed(6)}` : undefined;
}

function millis(text: string | undefined): number {
  const quantity = text === undefined ? undefined : parseQuantity(text);
  return quantity === undefined ? 0 : Number(millisOf(quantity));
}
