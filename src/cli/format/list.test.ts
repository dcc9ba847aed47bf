import assert from 'node:assert/strict';
import { it } from 'node:test';
import { type Columns, renderList } from './list.ts';

interface Item {
  id: string;
  labels: Record<string, string>;
}

const columns: Columns<Item> = {
  ID: { heading: 'ITEM ID', value: ({ id }) => id },
  Label: {
    heading: 'LABEL',
    value:
      ({ labels }) =>
      (key: string) =>
        labels[key] ?? '',
  },
};
const items: Item[] = [
  { id: 'one', labels: { a: '1' } },
  { id: 'two', labels: {} },
];
const show = (format: string) => renderList(items, { format, table: 'table {{.ID}}', columns });

it('a list is a table by default, also an empty one', () => {
  assert.equal(show(''), 'ITEM ID\none\ntwo\n');
  assert.equal(show('table'), 'ITEM ID\none\ntwo\n');
  assert.equal(renderList([], { format: '', table: 'table {{.ID}}', columns }), 'ITEM ID\n');
});

it('a list is JSON lines, a table of given columns, or any template', () => {
  assert.equal(show('json'), '{"ID":"one"}\n{"ID":"two"}\n');
  assert.equal(show('table {{.ID}}\\t{{.Label "a"}}'), 'ITEM ID   a\none       1\ntwo       \n');
  assert.equal(show('{{.ID}}={{.Label "a"}}'), 'one=1\ntwo=\n');
  assert.equal(show('table {{json .ID}}'), 'ITEM ID\n"one"\n"two"\n');
});
