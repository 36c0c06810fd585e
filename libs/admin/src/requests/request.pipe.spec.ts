import { ValidationPipe, type ArgumentMetadata } from '@nestjs/common';
import type { FieldProblem } from '@nest-integrations/core';
import { describe, expect, it } from 'vitest';
import { ListDeliveriesQuery } from '../deliveries/list-deliveries.query.js';
import { InvalidRequestException } from '../problems/invalid-request.exception.js';
import { CreateSubscriptionDto } from '../subscriptions/create-subscription.dto.js';
import { ListSubscriptionsQuery } from '../subscriptions/list-subscriptions.query.js';
import { SendTestEventDto } from '../subscriptions/subscription-actions.dto.js';
import { UpdateSubscriptionDto } from '../subscriptions/update-subscription.dto.js';
import { RequestPipe } from './request.pipe.js';

const pipe = new RequestPipe();
const subscription = {
  name: 'On-call',
  eventTypes: ['incident.*'],
  provider: 'webhook',
  config: { url: 'https://example.com' },
};

const body = (metatype: new () => object, value: unknown) =>
  pipe.transform(value, { type: 'custom', data: 'body', metatype });
const query = (metatype: new () => object, value: unknown) =>
  pipe.transform(value, { type: 'custom', data: 'query', metatype });

async function problems(refused: Promise<unknown>): Promise<readonly FieldProblem[]> {
  const error = await refused.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof InvalidRequestException)) throw new Error(`not refused: ${String(error)}`);
  return error.problems;
}

describe('RequestPipe, bodies', () => {
  it('gives the controller an instance with the fields as they came', async () => {
    const dto = await body(CreateSubscriptionDto, subscription);
    expect(dto).toBeInstanceOf(CreateSubscriptionDto);
    expect({ ...(dto as object) }).toEqual(subscription);
  });

  it('keeps fields of a config whose names mean something in JavaScript', async () => {
    const config: unknown = JSON.parse('{"constructor":1,"valueOf":{"then":2},"toString":"x"}');
    await expect(body(CreateSubscriptionDto, { ...subscription, config })).resolves.toMatchObject({
      config,
    });
  });

  it.each(['[]', '"text"', 'null', '7'])('refuses %s where an object belongs', async (json) => {
    expect(await problems(body(UpdateSubscriptionDto, JSON.parse(json)))).toEqual([
      { field: '', message: 'The body must be a JSON object' },
    ]);
  });

  it.each(['colour', 'constructor', '__proto__', 'signingSecret'])(
    'refuses the unknown field %s and lists those that are known',
    async (field) => {
      const value: unknown = JSON.parse(`{"name":"x","${field}":{}}`);
      const [problem, ...others] = await problems(body(UpdateSubscriptionDto, value));
      expect(problem).toMatchObject({ field });
      expect(problem?.message).toContain('name, eventTypes, provider, config');
      expect(others).toEqual([]);
    },
  );

  it('names every field that is missing or wrong', async () => {
    const fields = (
      await problems(body(CreateSubscriptionDto, { timeoutMs: 5, enabled: 'no' }))
    ).map((problem) => problem.field);
    expect(fields.toSorted()).toEqual([
      'config',
      'enabled',
      'eventTypes',
      'name',
      'provider',
      'timeoutMs',
    ]);
  });

  it('tells a field that is left out from one that is null', async () => {
    const cleared = await body(UpdateSubscriptionDto, { description: null });
    expect(cleared).toHaveProperty('description', null);
    expect(cleared).not.toHaveProperty('filter');
    expect(await problems(body(UpdateSubscriptionDto, { name: null }))).toMatchObject([
      { field: 'name' },
    ]);
  });

  it('takes a missing body for an empty one', async () => {
    await expect(body(SendTestEventDto, undefined)).resolves.toBeInstanceOf(SendTestEventDto);
  });
});

describe('RequestPipe, queries', () => {
  it('turns text into numbers, booleans and times', async () => {
    await expect(
      query(ListSubscriptionsQuery, { limit: '20', enabled: 'false' }),
    ).resolves.toMatchObject({ limit: 20, enabled: false });
    await expect(
      query(ListDeliveriesQuery, { from: '2026-01-31', to: '2026-01-31T12:00:00+01:00' }),
    ).resolves.toMatchObject({
      from: new Date('2026-01-31T00:00:00Z'),
      to: new Date('2026-01-31T11:00:00Z'),
    });
  });

  it.each([
    ['limit', '0'],
    ['limit', '201'],
    ['limit', '1.5'],
    ['limit', 'many'],
    ['limit', ''],
    ['status', 'sleeping'],
    ['subscriptionId', '1'],
    ['eventId', 'x'],
    ['eventType', 'Not A Type'],
    ['from', 'yesterday'],
    ['from', '1'],
    ['to', '2026-13-45'],
    ['to', '0001-01-01'],
    ['cursor', ''],
    ['eventType', 'a\0'],
  ])('refuses %s=%j and names it', async (field, value) => {
    expect(await problems(query(ListDeliveriesQuery, { [field]: value }))).toMatchObject([
      { field },
    ]);
  });

  it('refuses a span of time that ends before it begins', async () => {
    const span = { from: '2026-02-01', to: '2026-01-01' };
    expect(await problems(query(ListDeliveriesQuery, span))).toEqual([
      { field: 'to', message: 'must be later than from' },
    ]);
  });

  it('refuses a parameter that is given twice or as an object', async () => {
    for (const value of [['a', 'b'], { constructor: 'a' }]) {
      expect(await problems(query(ListSubscriptionsQuery, { search: value }))).toMatchObject([
        { field: 'search' },
      ]);
    }
  });
});

describe('RequestPipe, behind a ValidationPipe of the host’s own', () => {
  const hosts = new ValidationPipe({ whitelist: true, transform: true });
  const through = async (value: unknown, argument: ArgumentMetadata): Promise<unknown> =>
    pipe.transform(await hosts.transform(value, argument), argument);

  it('takes what that one has made', async () => {
    await expect(
      through(
        { limit: '20', enabled: 'true' },
        { type: 'query', metatype: ListSubscriptionsQuery },
      ),
    ).resolves.toMatchObject({ limit: 20, enabled: true });
    await expect(
      through(subscription, { type: 'body', metatype: CreateSubscriptionDto }),
    ).resolves.toMatchObject(subscription);
  });
});
