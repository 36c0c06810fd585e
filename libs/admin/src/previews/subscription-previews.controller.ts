import { HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import {
  FilterPreviewer,
  retryPreview,
  SubscriptionPreviewer,
  SubscriptionTester,
  type TenantScope,
} from '@nest-integrations/core';
import { ChangesNothing } from '../access/changes-nothing.decorator.js';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { TestAttemptDto, toTestAttemptDto } from '../deliveries/attempt.dto.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import {
  PreviewFilterDto,
  PreviewRetriesDto,
  toSubscriptionDraft,
  TrySubscriptionDto,
} from './preview-requests.dto.js';
import {
  FilterPreviewDto,
  RetryPreviewDto,
  SubscriptionPreviewDto,
  toFilterPreviewDto,
  toRetryPreviewDto,
  toSubscriptionPreviewDto,
} from './preview.dto.js';

@AdminController('subscriptions', 'Subscriptions')
// Whoever changes what is sent can learn the secrets that it is sent with.
@RequiresRight('integration.manage')
export class SubscriptionPreviewsController {
  constructor(
    private readonly previewer: SubscriptionPreviewer,
    private readonly filters: FilterPreviewer,
    private readonly tester: SubscriptionTester,
  ) {}

  @Post('preview')
  @HttpCode(200)
  @ChangesNothing()
  @ApiOperation({ summary: 'See what a draft would send; nothing is sent and nothing is stored' })
  @ApiOkResponse({ type: SubscriptionPreviewDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async previewSubscription(
    @RequestBody() body: TrySubscriptionDto,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionPreviewDto> {
    const { eventId, eventType, payload } = body;
    const test = { eventId, eventType, payload };
    return toSubscriptionPreviewDto(
      await this.previewer.preview(toSubscriptionDraft(body), test, scope),
    );
  }

  @Post('test')
  @HttpCode(200)
  @ApiOperation({ summary: 'Send a test event by a draft now, once, and see what came of it' })
  @ApiOkResponse({ type: TestAttemptDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async testDraft(
    @RequestBody() body: TrySubscriptionDto,
    @Scope() scope: TenantScope,
  ): Promise<TestAttemptDto> {
    const { eventId, eventType, payload } = body;
    const test = { eventId, eventType, payload };
    return toTestAttemptDto(await this.tester.sendDraft(toSubscriptionDraft(body), test, scope));
  }

  @Post('filter-preview')
  @HttpCode(200)
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'See which of the latest events a filter lets through' })
  @ApiOkResponse({ type: FilterPreviewDto })
  @ApiProblems(400, 413, 415, 422)
  async previewFilter(
    @RequestBody() { eventTypes, filter = null, last, tenant }: PreviewFilterDto,
    @Scope() scope: TenantScope,
  ): Promise<FilterPreviewDto> {
    return toFilterPreviewDto(
      await this.filters.preview({ eventTypes, filter, last, tenant }, scope),
    );
  }

  @Post('retry-preview')
  @HttpCode(200)
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'See when a delivery that keeps failing is attempted' })
  @ApiOkResponse({ type: RetryPreviewDto })
  @ApiProblems(400, 415, 422)
  previewRetries(@RequestBody() { retryPolicy }: PreviewRetriesDto): RetryPreviewDto {
    return toRetryPreviewDto(retryPreview(retryPolicy));
  }
}
