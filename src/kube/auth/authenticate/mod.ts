export * from './anonymous.ts';
export * from './authenticate.ts';
export * from './bad-credentials.ts';
export * from './certificates.ts';
export * from './names.ts';
export * from './token-authenticator.ts';
