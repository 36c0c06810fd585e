import { newId } from '@nest-integrations/common';
import { describe, expect, it } from 'vitest';
import { InvalidRequestException } from '../problems/invalid-request.exception.js';
import { IdPipe } from './id.pipe.js';

const parameter = { type: 'param', data: 'id' } as const;

describe('IdPipe', () => {
  it('lets an id through as it is', () => {
    const id = newId();
    expect(new IdPipe().transform(id, parameter)).toBe(id);
  });

  it.each(['1', '', 'abc', `${newId()}0`, "' OR 1=1 --", undefined])(
    'refuses %j and says which parameter must be what',
    (value) => {
      const attempt = () => new IdPipe().transform(value, parameter);
      expect(attempt).toThrow(InvalidRequestException);
      expect(attempt).toThrow(/^id: must be a UUID/);
    },
  );
});
