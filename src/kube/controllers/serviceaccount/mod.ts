export { serviceAccountController } from './serviceaccount.ts';
