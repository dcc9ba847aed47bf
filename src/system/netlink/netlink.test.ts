import assert from 'node:assert/strict';
import { isIPv6 } from 'node:net';
import { describe, test } from 'node:test';
import { addressBytes, addressText } from './address.ts';
import { listAttributes, nested, parseAttributes, readText, readU32, text, u8, u32 } from './attributes.ts';
import { redirectExpressions } from './nft-expression.ts';
import { concatenation, interfaceNameBytes, portBytes } from './nftables.ts';
import { decodeMessages, encodeMessage, NetlinkError, throwOnError } from './socket.ts';

describe('attributes', () => {
  test('come back as they were written', () => {
    const bytes = Buffer.concat([text(3, 'eth0'), u32(4, 1500), nested(18, text(1, 'bridge'), u8(2, 7))]);
    assert.equal(bytes.length % 4, 0);
    const found = parseAttributes(bytes);
    assert.equal(readText(found.get(3)), 'eth0');
    assert.equal(readU32(found.get(4)), 1500);
    const inner = parseAttributes(found.get(18) ?? Buffer.alloc(0));
    assert.equal(readText(inner.get(1)), 'bridge');
    assert.deepEqual([...(inner.get(2) ?? [])], [7]);
  });

  test('of a broken message end where it breaks', () => {
    const bytes = Buffer.concat([u32(1, 1), u32(2, 2)]);
    for (let length = 0; length < bytes.length; length++) listAttributes(bytes.subarray(0, length));
    assert.equal(listAttributes(bytes.subarray(0, 14)).length, 1);
    assert.deepEqual(listAttributes(Buffer.from([0, 0, 1, 0])), []);
    assert.equal(readU32(undefined), 0);
    assert.equal(readText(undefined), '');
  });
});

describe('messages', () => {
  test('of one datagram are told apart', () => {
    const datagram = Buffer.concat([
      encodeMessage(16, 5, 1, Buffer.from('abc')),
      encodeMessage(17, 0, 2, Buffer.alloc(0)),
    ]);
    const messages = decodeMessages(datagram);
    assert.deepEqual(
      messages.map(({ type, sequence, body }) => [type, sequence, String(body)]),
      [
        [16, 1, 'abc'],
        [17, 2, ''],
      ],
    );
    for (let length = 0; length < datagram.length; length++) decodeMessages(datagram.subarray(0, length));
  });

  test("errors carry the errno and the kernel's words", () => {
    const body = Buffer.concat([
      Buffer.alloc(4),
      encodeMessage(16, 0, 9, Buffer.alloc(0)),
      text(1, 'Invalid prefix length'),
    ]);
    body.writeInt32LE(-22, 0);
    const message = { type: 2, flags: 0x300, sequence: 9, body };
    assert.throws(
      () => throwOnError(message, 'add address'),
      (error) =>
        error instanceof NetlinkError &&
        error.code === 'EINVAL' &&
        error.message === 'add address: EINVAL (Invalid prefix length)',
    );
    body.writeInt32LE(0, 0);
    throwOnError(message, 'add address');
  });
});

describe('addresses', () => {
  test('bytes and text agree with what Node takes for addresses', () => {
    for (const [input, output = input] of [
      ['10.0.0.1'],
      ['::1'],
      ['::'],
      ['fe80::1%eth0', 'fe80::1'],
      ['::ffff:1.2.3.4', '::ffff:102:304'],
      ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
      ['1:2:3:4:5:6:7:0', '1:2:3:4:5:6:7:0'],
    ]) {
      assert.equal(addressText(addressBytes(input ?? '')), output);
      assert.equal(addressBytes(input ?? '').length, isIPv6(input ?? '') ? 16 : 4);
    }
    assert.throws(() => addressBytes('nonsense'), TypeError);
  });
});

describe('nftables bytes', () => {
  test('concatenations are padded to four bytes', () => {
    assert.equal(concatenation(Buffer.from([6]), portBytes(8080)).toString('hex'), '060000001f900000');
    assert.equal(interfaceNameBytes('br0').length, 16);
  });

  test('a redirection has the expressions that nft writes', () => {
    const address = addressBytes('127.0.0.11');
    const rule = redirectExpressions({
      protocol: 17,
      address,
      port: portBytes(53),
      toAddress: address,
      toPort: portBytes(40_001),
    });
    const written =
      '340001800c0001007061796c6f616400240002800800010000000001080002000000000108000300000000100800040000000004' +
      '2c00018008000100636d7000200002800800010000000001080002000000000' +
      '00c000380080001007f00000b24000180090001006d65746100000000140002800800020000000010080001000000' +
      '00012c00018008000100636d70002000028008000100000000010800020000000000' +
      '0c0003800500010011000000340001800c0001007061796c6f6164002400028008000100000000010800020000000002' +
      '08000300000000020800040000000002' +
      '2c00018008000100636d70002000028008000100000000010800020000000000' +
      '0c00038006000100003500002c0001800e000100696d6d656469617465000000180002800800010000000001' +
      '0c000280080001007f00000b2c0001800e000100696d6d656469617465000000180002800800010000000002' +
      '0c000280060001009c4100003800018008000100' +
      '6e6174002c000280080001000000000108000200000000020800030000000001080005000000000208000700000000' +
      '02';
    assert.equal(Buffer.concat(rule).toString('hex'), written);
  });
});
