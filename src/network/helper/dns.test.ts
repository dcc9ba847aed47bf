import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, test } from 'node:test';
import dnsPacket from 'dns-packet';
import { answer, answerFromZones } from './answer.ts';
import { lookUp, lookUpReverse, ZoneDirectory } from './directory.ts';
import { encodeFailure, encodeResponse, parseQuery, type Query, RecordType, reverseAddress } from './dns-message.ts';
import { MessageReader, withLength } from './dns-tcp.ts';
import { parseResolvConf, ResolvConfFile } from './resolv-conf.ts';
import { parseProxies, parseZone, renderProxies, renderZone, type Zone } from './zone.ts';

const OPT: dnsPacket.OptAnswer = {
  name: '.',
  type: 'OPT',
  udpPayloadSize: 4096,
  extendedRcode: 0,
  ednsVersion: 0,
  flags: 0,
  flag_do: false,
  options: [],
};

function message(name: string, type: dnsPacket.RecordType, extra: Partial<dnsPacket.Packet> = {}): Buffer {
  const packet = { type: 'query' as const, id: 4711, flags: dnsPacket.RECURSION_DESIRED, questions: [{ name, type }] };
  return dnsPacket.encode({ ...packet, ...extra });
}

function query(name: string, type: dnsPacket.RecordType, extra: Partial<dnsPacket.Packet> = {}): Query {
  const parsed = parseQuery(message(name, type, extra));
  assert.ok(typeof parsed === 'object');
  return parsed;
}

const ZONE: Zone = {
  id: 'n1',
  name: 'shop',
  internal: false,
  gateway: '10.1.0.1',
  endpoints: [
    {
      containerId: 'c1',
      namespace: 'a',
      ipv4: '10.1.0.2',
      ipv6: 'fd00::2',
      servers: [],
      names: ['web', 'all', 'c1c1'],
    },
    {
      containerId: 'c2',
      namespace: 'b',
      ipv4: '10.1.0.3',
      ipv6: '',
      servers: ['9.9.9.9'],
      names: ['db', 'all', 'c2c2'],
    },
  ],
};

describe('DNS messages', () => {
  test('queries that another implementation wrote are read', () => {
    const plain = query('WWW.Example.COM', 'AAAA');
    assert.equal(plain.name, 'www.example.com');
    assert.equal(plain.type, RecordType.AAAA);
    assert.equal(plain.maxUdpBytes, 512);
    const edns = query('x', 'A', { additionals: [OPT] });
    assert.ok(edns.hasEdns);
    assert.equal(edns.maxUdpBytes, 1232);
  });

  test('answers are read by another implementation', () => {
    const data = Buffer.from([10, 0, 0, 1]);
    const asked = query('web', 'A', { additionals: [OPT] });
    const decoded = dnsPacket.decode(encodeResponse(asked, 0, [{ type: RecordType.A, ttlS: 5, data }]));
    assert.equal(decoded.id, 4711);
    assert.equal(decoded.type, 'response');
    assert.equal(decoded.answers?.[0]?.name, 'web');
    assert.deepEqual(decoded.answers?.[0]?.type === 'A' && decoded.answers[0].data, '10.0.0.1');
    assert.equal(decoded.additionals?.[0]?.type, 'OPT');
  });

  test('an answer that is too large says so instead', () => {
    const record = { type: RecordType.A, ttlS: 5, data: Buffer.alloc(4) };
    const reply = encodeResponse(query('web', 'A'), 0, new Array(100).fill(record), 512);
    const decoded = dnsPacket.decode(reply);
    assert.ok((Number(decoded.flags) & dnsPacket.TRUNCATED_RESPONSE) !== 0);
    assert.equal(decoded.answers?.length, 0);
  });

  test('hostile messages are refused and never throw', () => {
    const good = message('example.com', 'A');
    for (let length = 0; length < good.length; length++) parseQuery(good.subarray(0, length));
    assert.equal(parseQuery(Buffer.alloc(11)), undefined);
    const response = Buffer.from(good);
    response.writeUInt16BE(0x8000, 2);
    assert.equal(parseQuery(response), undefined);
    const twoQuestions = Buffer.from(good);
    twoQuestions.writeUInt16BE(2, 4);
    assert.equal(parseQuery(twoQuestions), 1);
    const pointer = Buffer.concat([good.subarray(0, 12), Buffer.from([0xc0, 0x0c, 0, 1, 0, 1])]);
    assert.equal(parseQuery(pointer), 1);
    const endless = Buffer.concat([good.subarray(0, 12), Buffer.alloc(400, Buffer.from([1, 97]))]);
    assert.equal(parseQuery(endless), 1);
    const update = Buffer.from(good);
    update.writeUInt16BE(0x2800, 2);
    assert.equal(parseQuery(update), 4);
    assert.equal(dnsPacket.decode(encodeFailure(good, 1)).id, 4711);
    let seed = 1;
    for (let round = 0; round < 2000; round++) {
      const noise = Buffer.from(good);
      for (let change = 0; change < 4; change++) {
        seed = (seed * 1103515245 + 12345) & 0x7fffffff;
        noise[seed % noise.length] = seed >> 16;
      }
      parseQuery(noise);
    }
  });

  test('reverse names become addresses', () => {
    assert.equal(reverseAddress('2.0.1.10.in-addr.arpa'), '10.1.0.2');
    assert.equal(reverseAddress(`2${'.0'.repeat(27)}.0.0.d.f.ip6.arpa`), 'fd00:0000:0000:0000:0000:0000:0000:0002');
    assert.equal(reverseAddress('example.com'), undefined);
  });

  test('a TCP stream is cut into messages wherever it breaks', () => {
    const reader = new MessageReader();
    const bytes = Buffer.concat([withLength(Buffer.from('first')), withLength(Buffer.from('second'))]);
    const found = [...bytes].flatMap((byte) => reader.push(Buffer.from([byte])).map(String));
    assert.deepEqual(found, ['first', 'second']);
  });
});

describe('zones', () => {
  test('files give back what was written', () => {
    assert.deepEqual(parseZone(renderZone(ZONE)), ZONE);
    assert.equal(parseZone(''), undefined);
    assert.equal(parseZone('garbage\tin\n'), undefined);
    const entry = { protocol: 'tcp' as const, address: '::', port: 80, targetAddress: '10.0.0.2', targetPort: 8080 };
    assert.deepEqual(parseProxies(renderProxies([entry])), [entry]);
  });

  test('names, aliases and short ids are found, with and without the network', () => {
    assert.deepEqual(lookUp([ZONE], 'web'), { exists: true, ipv4: ['10.1.0.2'], ipv6: ['fd00::2'] });
    assert.deepEqual(lookUp([ZONE], 'db.shop').ipv4, ['10.1.0.3']);
    assert.deepEqual(lookUp([ZONE], 'c2c2').ipv4, ['10.1.0.3']);
    assert.deepEqual(lookUp([ZONE], 'all').ipv4, ['10.1.0.2', '10.1.0.3']);
    assert.equal(lookUp([ZONE], 'web.other').exists, false);
    assert.equal(lookUp([ZONE], 'shop').exists, false);
  });

  test('addresses lead back to names', () => {
    assert.equal(lookUpReverse([ZONE], '2.0.1.10.in-addr.arpa'), 'web.shop');
    assert.equal(lookUpReverse([ZONE], `2${'.0'.repeat(27)}.0.0.d.f.ip6.arpa`), 'web.shop');
    assert.equal(lookUpReverse([ZONE], '999.0.1.10.in-addr.arpa'), undefined);
  });

  test('a name without an address of the family is answered empty, not denied', () => {
    assert.deepEqual(answerFromZones(query('db', 'AAAA'), [ZONE]), []);
    assert.deepEqual(answerFromZones(query('db', 'MX'), [ZONE]), []);
    assert.equal(answerFromZones(query('nobody', 'A'), [ZONE]), undefined);
  });

  test('several containers under one alias take turns', () => {
    const firsts = new Set(
      Array.from({ length: 200 }, () => answerFromZones(query('all', 'A'), [ZONE])?.[0]?.data.toString('hex')),
    );
    assert.equal(firsts.size, 2);
  });

  test('a changed file counts at the next question', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'hako-zones-'));
    try {
      mkdirSync(join(dir, 'zones'));
      const names = { directory: new ZoneDirectory(join(dir, 'zones')), host: new ResolvConfFile(join(dir, 'none')) };
      const ask = async (name: string) => {
        const reply = await answer(message(name, 'A'), 'c1', { names, isTcp: false });
        return dnsPacket.decode(reply ?? Buffer.alloc(0)).answers?.length;
      };
      const internal = { ...ZONE, internal: true };
      writeFileSync(join(dir, 'zones', 'n1'), renderZone(internal));
      assert.equal(await ask('web'), 1);
      assert.equal(await ask('new'), 0);
      const [first] = ZONE.endpoints;
      assert.ok(first);
      writeFileSync(join(dir, 'zones', 'n1'), renderZone({ ...internal, endpoints: [{ ...first, names: ['new'] }] }));
      assert.equal(await ask('new'), 1);
      assert.equal(await ask('web'), 0);
    } finally {
      rmSync(dir, { recursive: true });
    }
  });
});

describe('resolv.conf', () => {
  test('is read as resolv.conf(5) says', () => {
    const text =
      '# comment\nnameserver 10.0.0.1 # first\nnameserver fd00::53\nnameserver nonsense\ndomain a\nsearch b c\noptions ndots:2\noptions edns0\n';
    assert.deepEqual(parseResolvConf(text), {
      nameservers: ['10.0.0.1', 'fd00::53'],
      search: ['b', 'c'],
      options: ['ndots:2', 'edns0'],
    });
  });
});
