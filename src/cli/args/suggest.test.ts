import assert from 'node:assert/strict';
import { it } from 'node:test';
import { didYouMean } from './suggest.ts';

const known = ['run', 'rename', 'restart', 'images', 'detach', 'network'];

it('a typing error finds the nearest word', () => {
  assert.equal(didYouMean({ word: 'rnu', known, prefix: 'hako ' }), '. Did you mean hako run?');
  assert.equal(didYouMean({ word: 'imgaes', known, prefix: '' }), '. Did you mean images?');
  assert.equal(didYouMean({ word: 'det', known, prefix: '--' }), '. Did you mean --detach?');
});

it('a word that is far from all finds none', () => {
  assert.equal(didYouMean({ word: 'kubernetes', known, prefix: '' }), '');
});
