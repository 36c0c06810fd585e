import { HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { SubscriptionTester, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { TestAttemptDto, toTestAttemptDto } from '../deliveries/attempt.dto.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import { SendTestEventDto } from './subscription-actions.dto.js';

@AdminController('subscriptions/:id/test', 'Subscriptions')
@RequiresRight('integration.manage')
export class SubscriptionTestController {
  constructor(private readonly tester: SubscriptionTester) {}

  @Post()
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a test event now, once, and see what came of it' })
  @ApiBody({ type: SendTestEventDto, required: false })
  @ApiOkResponse({ type: TestAttemptDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async sendTestEvent(
    @Param('id', IdPipe) id: string,
    @RequestBody() { eventType, payload }: SendTestEventDto,
    @Scope() scope: TenantScope,
  ): Promise<TestAttemptDto> {
    return toTestAttemptDto(await this.tester.send(id, { eventType, payload }, scope));
  }
}
