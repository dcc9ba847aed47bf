import { randomInt } from 'node:crypto';
import { HakoError } from '#base';

const ADJECTIVES =
  'amber brave bright calm clever coastal crisp eager early fair fleet gentle golden hardy honest keen kind lively lucid merry mighty misty noble patient proud quick quiet ready rosy salty silver steady stout sunny swift tidal tidy vivid warm wise'.split(
    ' ',
  );
const SHIPS =
  'albatross anchor ark barge beacon bow brig buoy canoe capstan clipper coracle cutter dhow dinghy ferry fleet frigate galleon harbor helm hull jetty junk kayak keel ketch lantern lugger mast oar pier pilot pinnace punt raft rudder sail schooner skiff sloop spar tender tiller trawler tug wharf yawl'.split(
    ' ',
  );

const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;

/** Checks a name that a user chose (a leading slash is dropped); throws `invalid` with docker's words. */
export function checkedName(given: string): string {
  const name = given.startsWith('/') ? given.slice(1) : given;
  if (NAME.test(name)) return name;
  throw new HakoError(
    'invalid',
    `Invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed, and at least two characters`,
  );
}

/** A free readable name for a container that was given none. */
export function inventName(isFree: (name: string) => boolean): string {
  const pick = (words: readonly string[]) => words[randomInt(words.length)] ?? 'ark';
  for (let attempt = 0; attempt < 8; attempt++) {
    const name = `${pick(ADJECTIVES)}_${pick(SHIPS)}`;
    if (isFree(name)) return name;
  }
  return `${pick(ADJECTIVES)}_${pick(SHIPS)}_${randomInt(1_000_000)}`;
}
