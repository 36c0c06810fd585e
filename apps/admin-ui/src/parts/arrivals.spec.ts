import { describe, expect, it } from 'vitest';
import { nextShown } from './arrivals';

describe('arrivals', () => {
  const opened = nextShown({ view: '', ids: [], arrived: new Set() }, 'all', ['b', 'a']);

  it('are the rows that came while the page was shown, until they leave it', () => {
    expect([...opened.arrived]).toEqual([]);
    const later = nextShown(opened, 'all', ['c', 'b', 'a']);
    expect([...later.arrived]).toEqual(['c']);
    expect([...nextShown(later, 'all', ['d', 'c', 'b']).arrived]).toEqual(['d', 'c']);
    expect([...nextShown(later, 'all', ['b', 'a']).arrived]).toEqual([]);
  });

  it('are none of another page or filter', () => {
    expect([...nextShown(opened, 'failed', ['z']).arrived]).toEqual([]);
  });
});
