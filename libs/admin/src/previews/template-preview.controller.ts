import { HttpCode, Post } from '@nestjs/common';
import { ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { TemplatePreviewer, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import { PreviewTemplateDto } from './preview-requests.dto.js';
import { TemplatePreviewDto, toTemplatePreviewDto } from './preview.dto.js';

@AdminController('templates', 'Templates')
@RequiresRight('integration.read')
export class TemplatePreviewController {
  constructor(private readonly previewer: TemplatePreviewer) {}

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'Render a template with an example or a stored event' })
  @ApiOkResponse({ type: TemplatePreviewDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async previewTemplate(
    @RequestBody() { template, target, eventType, eventId, subscriptionName }: PreviewTemplateDto,
    @Scope() scope: TenantScope,
  ): Promise<TemplatePreviewDto> {
    const draft = { template, target, eventType, eventId, subscriptionName };
    return toTemplatePreviewDto(await this.previewer.preview(draft, scope));
  }
}
