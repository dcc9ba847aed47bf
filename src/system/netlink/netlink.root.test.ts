import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { closeSync, openSync, readlinkSync } from 'node:fs';
import { before, describe, test } from 'node:test';
import { CloneFlag, inNetworkNamespace, unshare } from '../namespace.ts';
import { addAddress, listAddresses, removeAddress } from './address.ts';
import { flowsToPort } from './conntrack.ts';
import {
  changeBridgePort,
  changeLink,
  createBridge,
  createVeth,
  deleteLink,
  findLink,
  linkByName,
  listLinks,
} from './link.ts';
import { addElements, applyBatch, removeElements, removeTable, tableExists } from './nftables.ts';
import { listRoutes, removeRoute, replaceRoute } from './route.ts';
import { NetlinkError, NetlinkFamily, NetlinkSocket } from './socket.ts';

/** All of this happens in a namespace of the test's own, which ends with it. */
before(() => unshare(CloneFlag.NEWNET));

function isCode(code: string) {
  return (error: unknown) => error instanceof NetlinkError && error.code === code;
}

/** A second namespace, held by a process. */
function otherNamespace(): { fd: number } & Disposable {
  const holder = spawn('unshare', ['--net', 'setpriv', '--pdeathsig', 'KILL', 'sleep', 'infinity'], {
    stdio: 'ignore',
  });
  const home = readlinkSync('/proc/self/ns/net');
  while (readlinkSync(`/proc/${holder.pid}/ns/net`) === home);
  const fd = openSync(`/proc/${holder.pid}/ns/net`, 'r');
  const dispose = () => {
    closeSync(fd);
    holder.kill('SIGKILL');
  };
  return { fd, [Symbol.dispose]: dispose };
}

describe('links', () => {
  test('a bridge is made, found, changed and deleted', () => {
    using socket = new NetlinkSocket();
    createBridge(socket, { name: 'br0', mac: '02:42:00:00:00:01', mtu: 1400, alias: 'for people' });
    const link = linkByName(socket, 'br0');
    assert.deepEqual(
      { ...link, index: 0, stats: undefined },
      {
        index: 0,
        name: 'br0',
        kind: 'bridge',
        isUp: false,
        master: 0,
        mtu: 1400,
        mac: '02:42:00:00:00:01',
        alias: 'for people',
        stats: undefined,
      },
    );
    assert.throws(() => createBridge(socket, { name: 'br0', mac: '02:42:00:00:00:01', mtu: 1400 }), isCode('EEXIST'));
    changeLink(socket, 'br0', { name: 'br1', isUp: true });
    assert.equal(findLink(socket, 'br0'), undefined);
    assert.ok(linkByName(socket, 'br1').isUp);
    deleteLink(socket, link.index);
    assert.throws(() => linkByName(socket, 'br1'), isCode('ENODEV'));
  });

  test('a pair reaches into another namespace, and its port takes options', () => {
    using socket = new NetlinkSocket();
    using other = otherNamespace();
    using inside = inNetworkNamespace(other.fd, () => new NetlinkSocket());
    createBridge(socket, { name: 'br0', mac: '02:42:00:00:00:01', mtu: 1500 });
    const master = linkByName(socket, 'br0').index;
    createVeth(socket, {
      name: 'here',
      master,
      mtu: 1300,
      peer: { name: 'there', mac: '02:00:00:00:00:09', netnsFd: other.fd },
    });
    const here = linkByName(socket, 'here');
    assert.equal(here.master, master);
    assert.ok(here.isUp);
    assert.equal(linkByName(inside, 'there').mac, '02:00:00:00:00:09');
    assert.equal(linkByName(inside, 'there').mtu, 1300);
    changeBridgePort(socket, here.index, { isolated: true, hairpin: true });
    const shown = execFileSync('bridge', ['-d', 'link', 'show', 'dev', 'here'], { encoding: 'utf8' });
    assert.match(shown, /hairpin on/);
    assert.match(shown, /isolated on/);
    deleteLink(socket, here.index);
    assert.equal(findLink(inside, 'there'), undefined);
    deleteLink(socket, master);
  });

  test('a list of many is complete', () => {
    using socket = new NetlinkSocket();
    const names = Array.from({ length: 60 }, (_, index) => `many${index}`);
    for (const name of names) createBridge(socket, { name, mac: '02:42:00:00:00:01', mtu: 1500 });
    const found = new Set(listLinks(socket).map(({ name }) => name));
    assert.ok(names.every((name) => found.has(name)));
    for (const name of names) deleteLink(socket, linkByName(socket, name).index);
  });
});

describe('addresses and routes', () => {
  test('are added, listed and removed', () => {
    using socket = new NetlinkSocket();
    createBridge(socket, { name: 'br0', mac: '02:42:00:00:00:01', mtu: 1500 });
    const { index } = linkByName(socket, 'br0');
    changeLink(socket, index, { isUp: true });
    const address = { linkIndex: index, address: '10.5.0.1', prefixLength: 24 };
    addAddress(socket, address);
    addAddress(socket, address);
    addAddress(socket, { linkIndex: index, address: 'fd05::1', prefixLength: 64 });
    const listed = listAddresses(socket).filter(({ linkIndex }) => linkIndex === index);
    assert.deepEqual(
      listed.map((entry) => `${entry.address}/${entry.prefixLength}`).filter((entry) => !entry.startsWith('fe80')),
      ['10.5.0.1/24', 'fd05::1/64'],
    );
    assert.throws(() => addAddress(socket, { ...address, prefixLength: 40 }), isCode('EINVAL'));
    const route = {
      family: 4,
      destination: '10.6.0.0',
      prefixLength: 16,
      gateway: '10.5.0.9',
      linkIndex: index,
    } as const;
    replaceRoute(socket, route);
    replaceRoute(socket, { ...route, gateway: '10.5.0.8' });
    const routes = listRoutes(socket).filter(({ family }) => family === 4);
    assert.deepEqual(routes.map(({ destination, gateway }) => `${destination} ${gateway}`).sort(), [
      '10.5.0.0 ',
      '10.6.0.0 10.5.0.8',
    ]);
    removeRoute(socket, { ...route, gateway: '' });
    assert.throws(() => removeRoute(socket, { ...route, gateway: '' }), isCode('ESRCH'));
    removeAddress(socket, address);
    assert.throws(() => removeAddress(socket, address), isCode('EADDRNOTAVAIL'));
    deleteLink(socket, index);
  });
});

describe('nftables', () => {
  test('elements are added and removed whole or not at all', () => {
    using socket = new NetlinkSocket(NetlinkFamily.NETFILTER);
    assert.equal(tableExists(socket, 1, 'test'), false);
    execFileSync('nft', ['-f', '-'], {
      input: 'table inet test {\n set names { type ifname; }\n set nets { type ipv4_addr; flags interval; }\n }\n',
    });
    assert.ok(tableExists(socket, 1, 'test'));
    const names = { family: 1, table: 'test', set: 'names' } as const;
    const element = (name: string) => ({ key: Buffer.from(name.padEnd(16, '\0')) });
    applyBatch(socket, 'add', [addElements(names, [element('eth0'), element('eth1')])]);
    applyBatch(socket, 'add again', [addElements(names, [element('eth0')])]);
    const nets = { ...names, set: 'nets' };
    const interval = [{ key: Buffer.from([10, 1, 0, 0]) }, { key: Buffer.from([10, 2, 0, 0]), isIntervalEnd: true }];
    const next = [{ key: Buffer.from([10, 2, 0, 0]) }, { key: Buffer.from([10, 3, 0, 0]), isIntervalEnd: true }];
    applyBatch(socket, 'add', [addElements(nets, interval), addElements(nets, next)]);
    applyBatch(socket, 'remove', [removeElements(nets, interval)]);
    assert.match(
      execFileSync('nft', ['list', 'set', 'inet', 'test', 'nets'], { encoding: 'utf8' }),
      /elements = \{ 10\.2\.0\.0\/16 \}/,
    );
    const bad = [removeElements(names, [element('eth0')]), removeElements(names, [element('none')])];
    assert.throws(() => applyBatch(socket, 'remove', bad), isCode('ENOENT'));
    assert.match(execFileSync('nft', ['list', 'set', 'inet', 'test', 'names'], { encoding: 'utf8' }), /"eth0"/);
    applyBatch(socket, 'remove table', [removeTable(1, 'test')]);
    assert.equal(tableExists(socket, 1, 'test'), false);
    assert.deepEqual(flowsToPort(socket, 17, 53), []);
  });
});
