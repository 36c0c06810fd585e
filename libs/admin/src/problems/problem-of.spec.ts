import { BadRequestException, HttpException } from '@nestjs/common';
import {
  ConflictError,
  InvalidInputError,
  InvalidPayloadError,
  NotFoundError,
  PayloadTooLargeError,
  UnknownEventTypeError,
} from '@nest-integrations/core';
import { describe, expect, it } from 'vitest';
import { InvalidRequestException } from './invalid-request.exception.js';
import { problemOf } from './problem-of.js';

const field = { field: 'config.url', message: 'must be an http or https URL' };

describe('problemOf', () => {
  it.each([
    [new InvalidInputError([field]), 422],
    [new InvalidPayloadError('incident.created', 'emitted', [field]), 422],
    [new UnknownEventTypeError('no.such'), 422],
    [new NotFoundError('subscription', 'x'), 404],
    [new ConflictError('still pending'), 409],
    [new PayloadTooLargeError('incident.created', 300_000, 262_144), 413],
    [new InvalidRequestException([field]), 400],
  ])('gives %s its status', (error, status) => {
    expect(problemOf(error, '/x')).toMatchObject({ status, detail: error.message, instance: '/x' });
  });

  it('names each field that is wrong', () => {
    expect(problemOf(new InvalidInputError([field]), '/x')?.errors).toEqual([field]);
    expect(problemOf(new InvalidRequestException([field]), '/x')?.errors).toEqual([field]);
  });

  it('names the field that an unknown event type stands in', () => {
    expect(problemOf(new UnknownEventTypeError('no.such'), '/x')?.errors).toEqual([
      { field: 'eventType', message: expect.stringContaining("'no.such'") },
    ]);
  });

  it('knows an error of a second copy of core by its code', () => {
    const foreign = Object.assign(new Error('No delivery.'), { code: 'NOT_FOUND' });
    expect(problemOf(foreign, '/x')).toMatchObject({
      status: 404,
      type: 'urn:nest-integrations:problem:not-found',
    });
  });

  it('keeps the messages of a host’s own pipe', () => {
    expect(problemOf(new BadRequestException(['a is wrong', 'b is wrong']), '/x')).toMatchObject({
      status: 400,
      type: 'about:blank',
      detail: 'a is wrong; b is wrong',
    });
  });

  it.each([
    [new Error('password is hunter2')],
    [Object.assign(new Error('duplicate key'), { code: '23505' })],
    [new HttpException('hunter2', 503)],
    ['a string'],
    [undefined],
  ])('leaves %s to the log: it is no fault of the caller', (error) => {
    expect(problemOf(error, '/x')).toBeUndefined();
  });
});
