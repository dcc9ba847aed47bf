export { claimProtection, volumeProtection } from './volume-protection.ts';
