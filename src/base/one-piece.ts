/**
 * The same text in one piece. What templates, `+` and `slice` make refers to other strings, and an object that holds a single such text
 * takes `JSON.stringify` twice as long: worth it for texts of our own making that go into stored objects.
 */
export function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}
