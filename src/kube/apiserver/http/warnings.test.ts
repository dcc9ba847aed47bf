import assert from 'node:assert/strict';
import { validateHeaderValue } from 'node:http';
import { describe, it } from 'node:test';
import { warningHeaders } from './warnings.ts';

describe('warningHeaders', () => {
  it('says each warning once, in order', () => {
    assert.deepEqual(warningHeaders(['b', 'a', 'b']), ['299 - "b"', '299 - "a"']);
  });

  it('makes headers of any text', () => {
    const hostile = ['say "hi" \\', 'two\r\nx-injected: yes', 'nul \0 and \u{1f600}', '日本語'];
    for (const header of warningHeaders(hostile)) {
      validateHeaderValue('warning', header);
      assert.doesNotMatch(header, /[\r\n]/);
    }
    assert.equal(warningHeaders(['say "hi"'])[0], '299 - "say \\"hi\\""');
  });

  it('shortens long ones and drops the last when they are too many', () => {
    const many = Array.from({ length: 100 }, (_, index) => `${index} ${'x'.repeat(1000)}`);
    const headers = warningHeaders(many);
    assert.equal(headers.length, 16);
    assert.ok(headers.every((header) => header.length < 300));
  });
});
