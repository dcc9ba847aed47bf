/** /etc/hostname, /etc/hosts and /etc/resolv.conf of containers. */
export * from './extra-host.ts';
export * from './hostname-file.ts';
export * from './hosts-file.ts';
export * from './resolv-conf-file.ts';
export * from './write-in-place.ts';
