import { Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { SecretRotation, type TenantScope } from '@nest-integrations/core';
import { assertForAllTenants } from '../access/for-all-tenants.js';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { SecretKeyListDto, toSecretKeyDto } from './secret-key.dto.js';

@AdminController('secret-keys', 'Operating')
@RequiresRight('integration.read')
export class SecretKeysController {
  constructor(private readonly rotation: SecretRotation) {}

  @Get()
  @ApiOperation({ summary: 'The keys of stored secrets, and how much is stored under each' })
  @ApiOkResponse({ type: SecretKeyListDto })
  @ApiProblems(404)
  async listSecretKeys(@Scope() scope: TenantScope): Promise<SecretKeyListDto> {
    assertForAllTenants(scope, 'the keys');
    return { items: (await this.rotation.usage()).map(toSecretKeyDto) };
  }
}
