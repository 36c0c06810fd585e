import { Delete, Get, HttpCode, Param, Patch, Post } from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
} from '@nestjs/swagger';
import {
  ConnectionService,
  ConnectionTester,
  SubscriptionService,
  type TenantScope,
} from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { PageQuery } from '../requests/page.query.js';
import { RequestBody, RequestQuery } from '../requests/request-input.decorator.js';
import { SubscriptionPageDto, toSubscriptionPageDto } from '../subscriptions/subscription.dto.js';
import {
  ConnectionDto,
  ConnectionPageDto,
  toConnectionDto,
  toConnectionPageDto,
} from './connection.dto.js';
import {
  ConnectionTestDto,
  CreateConnectionDto,
  ListConnectionsQuery,
  TestConnectionDto,
  UpdateConnectionDto,
} from './connection-requests.dto.js';

@AdminController('connections', 'Connections')
@RequiresRight('integration.manage')
export class ConnectionsController {
  constructor(
    private readonly connections: ConnectionService,
    private readonly tester: ConnectionTester,
    private readonly subscriptions: SubscriptionService,
  ) {}

  @Get()
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'Connections by name, in pages' })
  @ApiOkResponse({ type: ConnectionPageDto })
  @ApiProblems(400, 422)
  async listConnections(
    @RequestQuery() query: ListConnectionsQuery,
    @Scope() scope: TenantScope,
  ): Promise<ConnectionPageDto> {
    return toConnectionPageDto(await this.connections.list(query, scope));
  }

  @Post()
  @ApiOperation({ summary: 'Store credentials and settings for a provider' })
  @ApiCreatedResponse({ type: ConnectionDto })
  @ApiProblems(400, 413, 415, 422)
  async createConnection(
    @RequestBody() { tenant, name, provider, config }: CreateConnectionDto,
    @Scope() scope: TenantScope,
  ): Promise<ConnectionDto> {
    return toConnectionDto(
      await this.connections.create({ tenant, name, provider, config }, scope),
    );
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Try values that are not stored; nothing is stored' })
  @ApiOkResponse({ type: ConnectionTestDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async testDraftConnection(
    @RequestBody() { provider, config, connectionId }: TestConnectionDto,
    @Scope() scope: TenantScope,
  ): Promise<ConnectionTestDto> {
    return this.tester.testDraft({ provider, config, connectionId }, scope);
  }

  @Get(':id')
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'One connection' })
  @ApiOkResponse({ type: ConnectionDto })
  @ApiProblems(400, 404)
  async getConnection(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ConnectionDto> {
    return toConnectionDto(await this.connections.get(id, scope));
  }

  @Get(':id/subscriptions')
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'Subscriptions that deliver by it, in pages' })
  @ApiOkResponse({ type: SubscriptionPageDto })
  @ApiProblems(400, 404, 422)
  async listConnectionSubscriptions(
    @Param('id', IdPipe) id: string,
    @RequestQuery() { limit, cursor }: PageQuery,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionPageDto> {
    await this.connections.get(id, scope);
    return toSubscriptionPageDto(
      await this.subscriptions.list({ connectionId: id, limit, cursor }, scope),
    );
  }

  @Patch(':id')
  @ApiOperation({
    summary: 'Change a connection; what is left out stays, secrets too. Its subscriptions follow',
  })
  @ApiOkResponse({ type: ConnectionDto })
  @ApiProblems(400, 404, 409, 413, 415, 422)
  async updateConnection(
    @Param('id', IdPipe) id: string,
    @RequestBody() { name, config, revision }: UpdateConnectionDto,
    @Scope() scope: TenantScope,
  ): Promise<ConnectionDto> {
    return toConnectionDto(await this.connections.update(id, { name, config, revision }, scope));
  }

  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a connection; refused while a subscription delivers by it' })
  @ApiNoContentResponse()
  @ApiProblems(400, 404, 409)
  async deleteConnection(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<void> {
    await this.connections.remove(id, scope);
  }

  @Post(':id/test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Try a stored connection' })
  @ApiOkResponse({ type: ConnectionTestDto })
  @ApiProblems(400, 404, 415, 422)
  async testConnection(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ConnectionTestDto> {
    return this.tester.testStored(id, scope);
  }
}
