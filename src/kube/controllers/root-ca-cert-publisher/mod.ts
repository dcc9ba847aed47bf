export { rootCaPublisher } from './root-ca-cert-publisher.ts';
