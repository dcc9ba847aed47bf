export * from './certificate.ts';
export * from './kubeconfig.ts';
export type { AlternativeNames, Subject } from './names.ts';
export * from './pki.ts';
export * from './signers.ts';
export * from './signing-request.ts';
