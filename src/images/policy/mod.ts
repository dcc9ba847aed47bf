/** What may be pulled and run: rules, signatures, who enforces them. */
export type { SignatureFetchers } from './evidence.ts';
export { EvidenceTable, POLICY_MIGRATIONS } from './evidence-table.ts';
export { ACCEPT_ALL, type Policy, parsePolicy } from './policy.ts';
export { PolicyFile } from './policy-file.ts';
export { ImageVerifier } from './verifier.ts';
