/** What a container uses: counters of one moment. */
export * from './read-stats.ts';
