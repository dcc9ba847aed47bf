/** The only code that touches mounts, namespaces, cgroups, xattrs, sockets below Node's, and foreign processes. */
export * from './cgroup/mod.ts';
export * from './confine.ts';
export * from './fifo.ts';
export * from './libc.ts';
export * from './libseccomp.ts';
export * from './lock-file.ts';
export * from './mount.ts';
export * from './mountinfo.ts';
export * from './namespace.ts';
export * from './node.ts';
export * from './openat2.ts';
export * from './process.ts';
export * from './remove-tree.ts';
export * from './runtime-namespace.ts';
export * from './seqpacket.ts';
export * from './tree-mount.ts';
export * from './xattr.ts';
