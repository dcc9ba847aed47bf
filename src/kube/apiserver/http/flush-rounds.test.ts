import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { chunkOf, type Flushable, FlushRounds, sharedFramer } from './flush-rounds.ts';

/** A watcher that notes when it was flushed, and may have more to send at once. */
class Member implements Flushable {
  flushed = 0;
  onFlush: (() => void) | undefined;
  readonly flushedTwice = Promise.withResolvers<void>();

  flush(): void {
    this.flushed++;
    this.onFlush?.();
    if (this.flushed === 2) this.flushedTwice.resolve();
  }
}

function crowd(rounds: FlushRounds, count: number): Member[] {
  const members = Array.from({ length: count }, () => new Member());
  for (const member of members) rounds.join(member);
  return members;
}

describe('FlushRounds', () => {
  it('flushes at once where watchers are few', () => {
    const rounds = new FlushRounds();
    const [member] = crowd(rounds, 2) as [Member];
    rounds.soon(member);
    rounds.soon(member);
    assert.equal(member.flushed, 2);
  });

  it('gathers what many have to send: one flush for each', async () => {
    const rounds = new FlushRounds();
    const members = crowd(rounds, 100);
    for (let event = 0; event < 5; event++) for (const member of members) rounds.soon(member);
    assert.equal(members[0]?.flushed, 0);
    const done = Promise.withResolvers<void>();
    (members[99] as Member).onFlush = done.resolve;
    await done.promise;
    assert.deepEqual(new Set(members.map(({ flushed }) => flushed)), new Set([1]));
  });

  it('has a round after the round for what came meanwhile, and forgets who left', async () => {
    const rounds = new FlushRounds();
    crowd(rounds, 100);
    const member = new Member();
    const gone = new Member();
    rounds.join(member);
    const leave = rounds.join(gone);
    member.onFlush = () => {
      if (member.flushed === 1) rounds.soon(member);
    };
    rounds.soon(member);
    rounds.soon(gone);
    leave[Symbol.dispose]();
    await member.flushedTwice.promise;
    assert.equal(gone.flushed, 0);
  });

  it('lets others have their turn within a long round', async () => {
    const rounds = new FlushRounds();
    const members = crowd(rounds, 100);
    let flushed = 0;
    for (const member of members) {
      member.onFlush = () => {
        flushed++;
        const until = performance.now() + 1;
        while (performance.now() < until);
      };
      rounds.soon(member);
    }
    while (flushed === 0) await new Promise(setImmediate);
    assert.ok(flushed < members.length, 'the loop turns before all are flushed');
    while (flushed < members.length) await new Promise(setImmediate);
  });
});

describe('chunkOf', () => {
  it('makes one chunk of HTTP/1.1', () => {
    assert.equal(
      chunkOf([Buffer.from('{"a":1}\n'), Buffer.from('{"é":2}\n')]).toString(),
      '11\r\n{"a":1}\n{"é":2}\n\r\n',
    );
  });
});

describe('sharedFramer', () => {
  it('makes the same lines once, and others anew', () => {
    const [a, b, c] = ['a\n', 'b\n', 'c\n'].map((text) => Buffer.from(text)) as [Buffer, Buffer, Buffer];
    const frame = sharedFramer();
    const both = frame([a, b]);
    assert.equal(frame([a, b]), both);
    assert.equal(frame([a, c]).toString(), '4\r\na\nc\n\r\n');
    assert.equal(frame([a]).toString(), '2\r\na\n\r\n');
    assert.equal(frame([b]).toString(), '2\r\nb\n\r\n');
  });
});
