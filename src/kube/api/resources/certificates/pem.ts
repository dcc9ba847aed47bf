/** The DER bytes of the PEM blocks of one type in a base64 text; undefined where there are blocks of others. */
export function pemBlocks(base64: string, type: string): Buffer[] | undefined {
  const text = Buffer.from(base64, 'base64').toString('latin1');
  const blocks: Buffer[] = [];
  for (const [, begin, body = '', end] of text.matchAll(
    /-----BEGIN ([A-Z0-9 ]+)-----([^-]*)-----END ([A-Z0-9 ]+)-----/g,
  )) {
    if (begin !== type || end !== type) return undefined;
    blocks.push(Buffer.from(body, 'base64'));
  }
  return blocks;
}

/** Does it look like one DER sequence that is all there? Who signs it parses the rest. */
export function isDerSequence(bytes: Buffer): boolean {
  const first = bytes[1] ?? 0;
  if (bytes[0] !== 0x30 || bytes.length < 2) return false;
  if (first < 0x80) return bytes.length === 2 + first;
  const lengthBytes = first & 0x7f;
  if (lengthBytes === 0 || lengthBytes > 4 || bytes.length < 2 + lengthBytes) return false;
  return bytes.length === 2 + lengthBytes + bytes.readUIntBE(2, lengthBytes);
}
