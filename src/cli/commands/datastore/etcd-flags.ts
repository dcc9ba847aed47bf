import { text } from '../../args/flags.ts';

/** How etcd is spoken to, for all commands that open it. */
export const etcdFlags = {
  'etcd-ca': text('', 'FILE', 'CA of etcd (PEM)'),
  'etcd-cert': text('', 'FILE', 'Client certificate for etcd (PEM)'),
  'etcd-key': text('', 'FILE', 'Its key (PEM)'),
};

/** The flags as the server takes them. */
export function etcdOptions(flags: {
  readonly 'etcd-ca': string;
  readonly 'etcd-cert': string;
  readonly 'etcd-key': string;
}): {
  ca?: string;
  cert?: string;
  key?: string;
} {
  const given = { ca: flags['etcd-ca'], cert: flags['etcd-cert'], key: flags['etcd-key'] };
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== ''));
}
