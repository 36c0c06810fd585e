import { Get, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ErasureService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { PageQuery } from '../requests/page.query.js';
import { RequestQuery } from '../requests/request-input.decorator.js';
import { ErasureDto, ErasurePageDto, toErasureDto, toErasurePageDto } from './erasure.dto.js';

@AdminController('erasures', 'Erasures')
@RequiresRight('integration.read')
export class ErasuresController {
  constructor(private readonly erasures: ErasureService) {}

  @Get()
  @ApiOperation({ summary: 'Erasures of tenants, newest first, in pages' })
  @ApiOkResponse({ type: ErasurePageDto })
  @ApiProblems(400, 422)
  async listErasures(
    @RequestQuery() query: PageQuery,
    @Scope() scope: TenantScope,
  ): Promise<ErasurePageDto> {
    return toErasurePageDto(await this.erasures.list(query, scope));
  }

  @Get(':id')
  @ApiOperation({ summary: 'One erasure: how far it is' })
  @ApiOkResponse({ type: ErasureDto })
  @ApiProblems(400, 404)
  async getErasure(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ErasureDto> {
    return toErasureDto(await this.erasures.get(id, scope));
  }
}
