/** What happened: the stream behind `docker events`. */
export * from './events.ts';
