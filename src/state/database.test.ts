import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isHakoError } from '#base';
import { migrate, openDatabase, transaction } from './database.ts';

const first = 'CREATE TABLE t (v INTEGER) STRICT';
const second = 'INSERT INTO t VALUES (7)';

test('migrate runs each step once and goes on where it stopped', () => {
  const database = openDatabase(':memory:');
  migrate(database, { module: 'm', steps: [first] });
  migrate(database, { module: 'm', steps: [first, second] });
  migrate(database, { module: 'm', steps: [first, second] });
  assert.equal(database.prepare('SELECT count(*) AS n FROM t').get()?.n, 1);
});

test('migrate refuses tables of a newer program', () => {
  const database = openDatabase(':memory:');
  migrate(database, { module: 'm', steps: [first, second] });
  assert.throws(
    () => migrate(database, { module: 'm', steps: [first] }),
    (error) => isHakoError(error, 'failed_precondition'),
  );
});

test('transaction takes everything back when its work throws', () => {
  const database = openDatabase(':memory:');
  database.exec(first);
  assert.throws(() =>
    transaction(database, () => {
      database.exec(second);
      throw new Error('no');
    }),
  );
  assert.equal(database.prepare('SELECT count(*) AS n FROM t').get()?.n, 0);
});
