/** Without vowels and what looks like them: no words come out. */
const ALPHABET = 'bcdfghjklmnpqrstvwxz2456789';
const LENGTH = 5;

/** Five letters that make a name unlike others; nobody's secret. */
export function randomSuffix(): string {
  let suffix = '';
  for (let at = 0; at < LENGTH; at++) suffix += ALPHABET[Math.floor(Math.random() * ALPHABET.length)];
  return suffix;
}
