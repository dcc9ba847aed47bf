import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { alreadyExists, ignoring, notFound, StatusError } from './status.ts';

describe('ignoring', () => {
  const pods = { group: '', resource: 'pods' };

  it('takes success and the reasons that it is given', async () => {
    await ignoring(Promise.resolve('done'), 'NotFound');
    await ignoring(Promise.reject(notFound(pods, 'a')), 'NotFound');
    await ignoring(Promise.reject(alreadyExists(pods, 'a')), 'NotFound', 'AlreadyExists');
  });

  it('rejects with every other error', async () => {
    const other = notFound(pods, 'a');
    await assert.rejects(ignoring(Promise.reject(other), 'AlreadyExists'), other);
    await assert.rejects(ignoring(Promise.reject(new StatusError(500, '', 'broken')), 'NotFound'), /broken/);
    await assert.rejects(ignoring(Promise.reject(new TypeError('NotFound')), 'NotFound'), TypeError);
  });
});
