export { addressCleaner, serviceCidrsController } from './service-cidrs.ts';
