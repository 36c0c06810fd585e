import { describe, expect, it } from 'vitest';
import { phasesOf } from './timing-phases';

describe('phasesOf', () => {
  it('lays the parts of a call one after the other, up to its end', () => {
    const phases = phasesOf({ dnsMs: 2, connectMs: 3, tlsMs: 5, firstByteMs: 30, totalMs: 40 });
    expect(phases.map(({ fromMs, forMs }) => [fromMs, forMs])).toEqual([
      [0, 2],
      [2, 3],
      [5, 5],
      [10, 20],
      [30, 10],
    ]);
  });

  it('says that no answer came, where none did', () => {
    expect(phasesOf({ connectMs: 3, totalMs: 10 }).map(({ name }) => name)).toEqual([
      'Connect',
      'No answer',
    ]);
  });
});
