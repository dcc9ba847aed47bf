/** The only code that touches mounts, namespaces, cgroups, xattrs, sockets below Node's, and foreign processes. */
export * from './confine.ts';
export * from './libc.ts';
export * from './lock-file.ts';
export * from './mount.ts';
export * from './mountinfo.ts';
export * from './namespace.ts';
export * from './node.ts';
export * from './openat2.ts';
export * from './tree-mount.ts';
export * from './xattr.ts';
