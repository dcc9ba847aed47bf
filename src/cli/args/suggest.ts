/** "Did you mean": the nearest known word to one that is not known. */

import type { UnknownWord } from '../errors.ts';

/** Words that are near enough to `word` (two edits, or a third of its length), nearest first. */
export function nearest(word: string, candidates: Iterable<string>): string[] {
  const limit = Math.max(2, Math.floor(word.length / 3));
  return [...candidates]
    .map((candidate) => ({ candidate, distance: distanceTo(word, candidate) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .map(({ candidate }) => candidate);
}

/** `. Did you mean --detach?`, or '' where nothing is near. */
export function didYouMean({ word, known, prefix }: UnknownWord): string {
  const [best] = nearest(word, known);
  return best === undefined ? '' : `. Did you mean ${prefix}${best}?`;
}

/** Edits from a to b: Levenshtein; a prefix counts as one edit, since people shorten. */
function distanceTo(a: string, b: string): number {
  if (a.length >= 2 && b.startsWith(a)) return 1;
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitution = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(substitution, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
