import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { OptionResolver, ProviderRegistry, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import { ListOptionsDto, OptionPageDto } from './options.dto.js';
import { ProviderDto, ProviderListDto, toProviderDto } from './provider.dto.js';

@AdminController('providers', 'Providers')
@RequiresRight('integration.read')
export class ProvidersController {
  constructor(
    private readonly registry: ProviderRegistry,
    private readonly options: OptionResolver,
  ) {}

  @Get()
  @ApiOperation({ summary: 'All kinds of systems that can be delivered to' })
  @ApiOkResponse({ type: ProviderListDto })
  listProviders(): ProviderListDto {
    return { items: this.registry.list().map(toProviderDto) };
  }

  @Get(':id')
  @ApiOperation({ summary: 'One provider, with its config’s schema and its setup guide' })
  @ApiOkResponse({ type: ProviderDto })
  @ApiProblems(404)
  getProvider(@Param('id') id: string): ProviderDto {
    return toProviderDto(this.registry.get(id));
  }

  @Post(':id/options')
  @HttpCode(200)
  @RequiresRight('integration.manage')
  @ApiOperation({
    summary: 'What may be chosen for a field of its config, asked of the other side',
  })
  @ApiOkResponse({ type: OptionPageDto })
  @ApiProblems(400, 404, 413, 415, 422, 502)
  async listProviderOptions(
    @Param('id') id: string,
    @RequestBody() { field, connectionId, values, search, cursor }: ListOptionsDto,
    @Scope() scope: TenantScope,
  ): Promise<OptionPageDto> {
    const page = await this.options.list(
      { provider: id, field, connectionId, values, search, cursor },
      scope,
    );
    return {
      items: page.options.map(({ value, label, description = null }) => ({
        value,
        label,
        description,
      })),
      nextCursor: page.nextCursor ?? null,
    };
  }
}
