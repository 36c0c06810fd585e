import { Delete, HttpCode, Param } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOperation } from '@nestjs/swagger';
import { ErasureService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { ErasureDto, toErasureDto } from './erasure.dto.js';

@AdminController('tenants/:tenant/data', 'Erasures')
@RequiresRight('integration.manage')
export class TenantDataController {
  constructor(private readonly erasures: ErasureService) {}

  @Delete()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Erase all there is of a tenant, in the background; its erasure tells how far it is',
  })
  @ApiAcceptedResponse({ type: ErasureDto })
  @ApiProblems(404, 422)
  async eraseTenant(
    @Param('tenant') tenant: string,
    @Scope() scope: TenantScope,
  ): Promise<ErasureDto> {
    return toErasureDto(await this.erasures.eraseTenant(tenant, scope));
  }
}
