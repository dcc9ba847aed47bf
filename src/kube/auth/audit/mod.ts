import type { AuditLog } from './audit-log.ts';
import type { LogFileOptions } from './log-file.ts';

export * from './attempts.ts';
export * from './audit-id.ts';
export type { AuditFacts, AuditLog, AuditRecord } from './audit-log.ts';
export type { LogFileOptions };

/** Opens the audit log with the policy of a file (its text). Loaded for this call: without audit it costs nothing. */
export async function openAuditLog(policyText: string, file: LogFileOptions): Promise<AuditLog> {
  const [{ AuditLog }, { parseAuditPolicy }] = await Promise.all([import('./audit-log.ts'), import('./policy.ts')]);
  return new AuditLog(parseAuditPolicy(policyText), file);
}
