import { HakoError } from '#base';
import { parseReference, type Reference, withDefaultTag } from '../../reference.ts';

/** Where an image is, or is to be. The words are skopeo's. */
export type Place =
  | { kind: 'registry'; reference: Reference }
  /** A folder in OCI layout. */
  | { kind: 'layout'; path: string; name: string | undefined }
  /** A tar: OCI layout, or what `docker save` writes, or both at once. */
  | { kind: 'archive'; dialect: 'oci' | 'docker'; path: string; name: string | undefined }
  /** The image store of the daemon. */
  | { kind: 'store'; name: string };

/** `docker://registry/name:tag`, `oci:folder[:tag]`, `oci-archive:file[:tag]`, `docker-archive:file[:name]`, `store:name`. */
export function parsePlace(text: string): Place {
  const colon = text.indexOf(':');
  const [scheme, rest] = [text.slice(0, Math.max(colon, 0)), text.slice(colon + 1)];
  if (scheme === 'docker' && rest.startsWith('//'))
    return { kind: 'registry', reference: withDefaultTag(parseReference(rest.slice(2))) };
  if (scheme === 'oci') return { kind: 'layout', ...split(text, rest) };
  if (scheme === 'oci-archive') return { kind: 'archive', dialect: 'oci', ...split(text, rest) };
  if (scheme === 'docker-archive') return { kind: 'archive', dialect: 'docker', ...split(text, rest) };
  if ((scheme === 'store' || scheme === 'docker-daemon') && rest !== '') return { kind: 'store', name: rest };
  throw new HakoError(
    'invalid',
    `"${text}" is no place of images: write docker://NAME, oci:FOLDER[:TAG], oci-archive:FILE[:TAG], docker-archive:FILE[:NAME] or store:NAME`,
  );
}

/** A path has no colon: what follows the first one is the name. */
function split(text: string, rest: string): { path: string; name: string | undefined } {
  const colon = rest.indexOf(':');
  const path = colon < 0 ? rest : rest.slice(0, colon);
  if (path === '') throw new HakoError('invalid', `"${text}" names no path`);
  return { path, name: colon < 0 || colon === rest.length - 1 ? undefined : rest.slice(colon + 1) };
}
