import assert from 'node:assert/strict';
import { isIPv4 } from 'node:net';
import { describe, it } from 'node:test';
import { advertisedAddress } from './advertised-address.ts';

describe('advertisedAddress', () => {
  it('is the one that is given, or the one that is listened on', async () => {
    assert.equal(await advertisedAddress({ advertiseAddress: '192.0.2.1', host: '127.0.0.1' }), '192.0.2.1');
    assert.equal(await advertisedAddress({ host: '192.0.2.2' }), '192.0.2.2');
  });

  it('is none where only this machine can reach the server', async () => {
    for (const host of ['127.0.0.1', '::1', 'localhost', '169.254.1.1', '2001:db8::1']) {
      assert.equal(await advertisedAddress({ host }), undefined, host);
    }
  });

  it("is the host's own where all addresses are listened on, if it has any that others reach", async () => {
    const address = await advertisedAddress({ host: '0.0.0.0' });
    assert.ok(address === undefined || (isIPv4(address) && !address.startsWith('127.')), `${address}`);
  });

  it('says what is wrong with one that is given', async () => {
    const refused: [string, RegExp][] = [
      ['127.0.0.1', /"127\.0\.0\.1" cannot be advertised: it may not be in the loopback range.*--advertise-address/],
      ['0.0.0.0', /it may not be unspecified/],
      ['2001:db8::1', /IPv4/],
      ['server.example', /it is no IP address/],
    ];
    for (const [advertiseAddress, message] of refused) {
      await assert.rejects(advertisedAddress({ advertiseAddress, host: '127.0.0.1' }), message);
    }
  });
});
