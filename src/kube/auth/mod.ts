/** Who asks and whether they may: authentication, authorization, certificates and tokens, audit, priority and fairness. */
export * from './contract.ts';
export * from './objects.ts';
export * from './request-info.ts';
export * from './pki/mod.ts';
