import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseCidr } from '../ip/address.ts';
import { forwardingElement, interfaceElement, subnetElement, togetherElement } from './element.ts';
import { forwardDropWarning, parseForwardDrops } from './foreign.ts';
import { noElements, renderTable } from './ruleset.ts';

const EMPTY = noElements();

test('the table replaces whatever is there under its name, in one transaction', () => {
  const text = renderTable('hako', EMPTY);
  assert.ok(text.startsWith('table inet hako\ndelete table inet hako\ntable inet hako {\n'));
  assert.equal(text.match(/^table inet hako \{/gm)?.length, 1);
});

test('elements stand in their sets', () => {
  const text = renderTable('hako', {
    ...EMPTY,
    bridges: [interfaceElement('bridges', 'hako0').text],
    together: [togetherElement('hako0').text],
    published4any: [
      forwardingElement({
        protocol: 'udp',
        family: 4,
        hostIp: '',
        hostPort: 53,
        targetIp: '10.0.0.2',
        targetPort: 5353,
      }).text,
    ],
  });
  assert.match(text, /set bridges \{ type ifname; elements = \{ "hako0" \} \}/);
  assert.match(text, /set together \{ type ifname \. ifname; elements = \{ "hako0" \. "hako0" \} \}/);
  assert.match(text, /map published4any \{ .*; elements = \{ udp \. 53 : 10\.0\.0\.2 \. 5353 \} \}/);
  assert.match(text, /set internal \{ type ifname; \}/);
});

test('an element has the bytes that nft writes for it', () => {
  const [element] = forwardingElement({
    protocol: 'tcp',
    family: 4,
    hostIp: '1.2.3.4',
    hostPort: 8080,
    targetIp: '172.17.0.2',
    targetPort: 80,
  }).bytes;
  assert.equal(Buffer.from(element?.key ?? []).toString('hex'), '01020304060000001f900000');
  assert.equal(Buffer.from(element?.data ?? []).toString('hex'), 'ac11000200500000');
  const together = togetherElement('br1').bytes[0]?.key ?? [];
  assert.equal(Buffer.from(together).toString('latin1'), `br1${'\0'.repeat(13)}br1${'\0'.repeat(13)}`);
});

test('a subnet is an interval that ends before the next one begins', () => {
  const hex = (text: string) => {
    const cidr = parseCidr(text);
    assert.ok(cidr);
    return subnetElement('inside', cidr).bytes.map(({ key }) => Buffer.from(key).toString('hex'));
  };
  assert.deepEqual(hex('172.17.0.0/16'), ['ac110000', 'ac120000']);
  assert.deepEqual(hex('255.255.255.0/24'), ['ffffff00']);
});

test('chains of others that drop what is forwarded are named to the user', () => {
  const chain = (table: string, policy: string, hook = 'forward') => ({
    chain: { family: 'ip', table, name: 'FORWARD', handle: 1, type: 'filter', hook, prio: 0, policy },
  });
  const json = JSON.stringify({
    nftables: [
      { metainfo: {} },
      chain('filter', 'drop'),
      chain('nat', 'accept'),
      chain('hako', 'drop'),
      chain('in', 'drop', 'input'),
    ],
  });
  assert.deepEqual(parseForwardDrops(json, 'hako'), ['ip filter FORWARD']);
  assert.match(forwardDropWarning(['ip filter FORWARD']), /"ip filter FORWARD" of another program drops/);
  assert.deepEqual(parseForwardDrops('', 'hako'), []);
  assert.deepEqual(parseForwardDrops('nonsense', 'hako'), []);
});
