/** The registry of an image's name, by docker's rule: the first part when it looks like a host. */
export function parseDomain(reference: string): string {
  const slash = reference.indexOf('/');
  const first = reference.slice(0, Math.max(slash, 0));
  const isHost = slash >= 0 && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  return isHost && first !== 'index.docker.io' ? first : 'docker.io';
}

/** The registry that a user names at login: with or without a scheme; none is docker.io. */
export function parseServer(text: string): string {
  const host = text.replace(/^https?:\/\//, '').split('/')[0] ?? '';
  return ['', 'index.docker.io', 'registry-1.docker.io'].includes(host) ? 'docker.io' : host;
}
