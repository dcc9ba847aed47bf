export * from './access-review.ts';
export * from './token-review.ts';
