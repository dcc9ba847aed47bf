/** The only code that touches mounts, namespaces, cgroups, xattrs, sockets below Node's, and foreign processes. */
export * from './libc.ts';
export * from './mount.ts';
export * from './mountinfo.ts';
export * from './namespace.ts';
