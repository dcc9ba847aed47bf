export * from './rbac-authorizer.ts';
export type { PolicyRule, RoleRef, Subject as RbacSubject } from './types.ts';
