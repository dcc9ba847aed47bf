export { resourceQuotaController } from './resourcequota.ts';
