import { rmSync } from 'node:fs';
import { ignoring } from '#base';
import { unmount } from '#system';
import { listLinks } from '#system/netlink';
import { removeLink } from './bridge/bridges.ts';
import type { NetworkContext } from './context.ts';
import { removeUnknownLinks, removeUnknownNamespaces } from './recover.ts';

/** Removes every trace from the host, kernel parameters included. Networks stay written down in the database. */
export async function purgeAll(context: NetworkContext): Promise<void> {
  const { helper, namespaces, firewall, bridges, networks, netlink, names, paths, hostSettings, attachments } = context;
  await helper.stop();
  namespaces[Symbol.dispose]();
  attachments.clear();
  removeUnknownNamespaces(context);
  for (const network of networks.list()) if (network.bridge !== '') await bridges.remove(network);
  await removeUnknownLinks(context);
  for (const link of listLinks(netlink)) if (names.isVeth(link.name)) await removeLink(netlink, link);
  firewall.removeAll();
  hostSettings.restore();
  ignoring('EINVAL', () => unmount(paths.namespaceDir, { lazy: true }));
  for (const dir of [paths.namespaceDir, paths.stateDir]) rmSync(dir, { recursive: true, force: true });
}
