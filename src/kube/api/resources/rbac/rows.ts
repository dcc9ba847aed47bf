import type { ResourceDefinition } from '../../resource.ts';
import { clusterRoleBindings, roleBindings } from './role-bindings.ts';
import { clusterRoles, roles } from './roles.ts';

/** The resources of the rbac.authorization.k8s.io group. */
export const rows: readonly ResourceDefinition[] = [clusterRoleBindings, clusterRoles, roleBindings, roles];
