/** Which extended attributes travel with a file. The same list for packing and unpacking. */

/** `security.capability` is what makes ping work; ACLs and user attributes belong to the image. */
const CARRIED = ['security.capability', 'system.posix_acl_access', 'system.posix_acl_default'];

/**
 * True for attributes that are part of an image. Labels of the host's security modules are not. `trusted.overlay.*` and
 * `user.overlay.*` steer overlayfs itself: from an archive they would let a layer forge whiteouts and redirects.
 */
export function isCarried(name: string): boolean {
  return CARRIED.includes(name) || (name.startsWith('user.') && !name.startsWith('user.overlay.'));
}
