export { isActiveNamespace, orThere, serviceAccountController } from './serviceaccount.ts';
