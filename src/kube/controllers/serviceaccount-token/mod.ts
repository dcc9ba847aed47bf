export { tokensController } from './serviceaccount-token.ts';
