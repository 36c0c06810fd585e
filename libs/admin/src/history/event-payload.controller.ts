import { Delete, Param } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ErasureService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { ErasedPayloadDto, toErasedPayloadDto } from './erasure.dto.js';

@AdminController('events/:id/payload', 'Events')
@RequiresRight('integration.manage')
export class EventPayloadController {
  constructor(private readonly erasures: ErasureService) {}

  @Delete()
  @ApiOperation({
    summary:
      'Erase what one event said, by its id: payload, attempts, key; what was queued is cancelled',
  })
  @ApiOkResponse({ type: ErasedPayloadDto })
  @ApiProblems(400, 404)
  async eraseEventPayload(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ErasedPayloadDto> {
    return toErasedPayloadDto(await this.erasures.eraseEventPayload(id, scope));
  }
}
