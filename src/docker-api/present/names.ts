/** Image names as people write them: `docker.io/library/nginx:1.25` is `nginx:1.25`. */
export function familiarName(reference: string): string {
  return reference.replace(/^docker\.io\/(library\/(?=[^/]+$))?/, '');
}

/** The name without tag and digest. */
export function repositoryOf(reference: string): string {
  const bare = reference.split('@')[0] ?? reference;
  const colon = bare.lastIndexOf(':');
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare;
}
