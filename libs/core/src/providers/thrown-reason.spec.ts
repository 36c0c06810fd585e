import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { thrownReason } from './thrown-reason.js';

describe('what a provider threw', () => {
  it('is told as it says', () => {
    expect(thrownReason(new Error('no such team'))).toBe('no such team');
    expect(thrownReason('no')).toBe('no');
  });

  it('is told by field where its schema refused an answer', () => {
    const { error } = z
      .object({ id: z.string(), by: z.object({ n: z.int() }) })
      .safeParse({ by: {} });
    expect(thrownReason(error)).toBe(
      'The answer is not what was expected: id: is missing; must be string; by.n: is missing; must be number',
    );
    const whole = z.array(z.string()).safeParse({ message: 'no' });
    expect(thrownReason(whole.error)).toBe(
      'The answer is not what was expected: it: Invalid input: expected array, received object',
    );
  });
});
