/** The group of roles and bindings, and of the users and groups that these name. */
export const RBAC_GROUP = 'rbac.authorization.k8s.io';
