import { ServerResponse } from 'node:http';
import { Get, Headers, Res } from '@nestjs/common';
import { ApiHeader, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import type { TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { LiveClients } from './live-clients.js';

/** The rights of the lists that it keeps up to date. */
@AdminController('stream', 'Stream')
@RequiresRight('integration.read')
export class StreamController {
  constructor(private readonly clients: LiveClients) {}

  @Get()
  @ApiOperation({
    summary: 'What changes, as it changes: server-sent events',
    description:
      'Events `delivery`, `subscription`, `replay` and `connection`, with the `id` of what has changed; `reset`: changes may have been missed, ask for all anew. At most ten a second.',
  })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'Where a stream broke off.' })
  @ApiOkResponse({ content: { 'text/event-stream': { schema: { type: 'string' } } } })
  @ApiProblems(503)
  async openStream(
    @Scope() scope: TenantScope,
    @Headers('last-event-id') since: string | undefined,
    @Res() response: object,
  ): Promise<void> {
    await this.clients.open(rawResponse(response), { scope, since: since ?? null });
  }
}

/** Express answers with Node's own response, Fastify wraps it and has to be told that it is taken. */
function rawResponse(response: object): ServerResponse {
  if (response instanceof ServerResponse) return response;
  const raw: unknown = Reflect.get(response, 'raw');
  const hijack: unknown = Reflect.get(response, 'hijack');
  if (!(raw instanceof ServerResponse)) throw new TypeError('the HTTP adapter shows no response');
  if (typeof hijack === 'function') hijack.call(response);
  return raw;
}
