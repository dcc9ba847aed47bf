import type { Authentication, RequestInfo } from '../contract.ts';
import { ANONYMOUS, GROUPS } from './names.ts';

/** Whether requests without credentials are let in, and to which paths (none: to all; what they may do is for roles to say). */
export interface AnonymousOptions {
  readonly enabled: boolean;
  readonly paths?: readonly string[];
}

const AUTHENTICATION: Authentication = { user: { name: ANONYMOUS, groups: [GROUPS.unauthenticated] } };

/** The anonymous user, where a request may come in without credentials. */
export function anonymous({ enabled, paths = [] }: AnonymousOptions, info: RequestInfo): Authentication | undefined {
  return enabled && (paths.length === 0 || paths.includes(info.path)) ? AUTHENTICATION : undefined;
}
