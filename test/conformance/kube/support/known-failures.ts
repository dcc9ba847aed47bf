/** Scenarios that fail, by title, and why. Each is run all the same: one that begins to pass fails until it is struck off. */
export const KNOWN_FAILURES: ReadonlyMap<string, string> = new Map<string, string>([
  ['large answers are compressed for those who take gzip, small ones are not', 'answers are sent as they are'],
]);
