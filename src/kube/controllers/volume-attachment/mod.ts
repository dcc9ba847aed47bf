export { attachmentCleaner } from './volume-attachment.ts';
