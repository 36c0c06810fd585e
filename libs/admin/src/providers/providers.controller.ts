import { Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ProviderRegistry } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { ProviderDto, ProviderListDto, toProviderDto } from './provider.dto.js';

@AdminController('providers', 'Providers')
@RequiresRight('integration.read')
export class ProvidersController {
  constructor(private readonly registry: ProviderRegistry) {}

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
}
