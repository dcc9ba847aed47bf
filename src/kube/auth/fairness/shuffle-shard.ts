/**
 * Deals a hand of `handSize` different queues out of `queues` to a flow, the same each time: two flows rarely share their whole hand, so
 * one that floods its queues leaves others with free ones.
 */
export function dealHand(flow: string, queues: number, handSize: number): number[] {
  const size = Math.min(handSize, queues);
  const hand: number[] = [];
  let hash = hashOf(flow);
  while (hand.length < size) {
    hash = mix(hash + 0x9e3779b9);
    // The card among those that are left: skip what was dealt before.
    let card = hash % (queues - hand.length);
    for (const dealt of hand.toSorted((a, b) => a - b)) if (card >= dealt) card++;
    hand.push(card);
  }
  return hand;
}

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  return hash >>> 0;
}

/** The finalizer of MurmurHash3: every bit of the input moves half of the output. */
function mix(value: number): number {
  let hash = value >>> 0;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
