import { Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { ReplayService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestBody, RequestQuery } from '../requests/request-input.decorator.js';
import {
  ReplayDto,
  ReplayPageDto,
  ReplayPreviewDto,
  toReplayDto,
  toReplayPageDto,
} from './replay.dto.js';
import { ListReplaysQuery, SelectDeliveriesDto, StartReplayDto } from './replay-requests.dto.js';

@AdminController('replays', 'Replays')
@RequiresRight('integration.manage')
export class ReplaysController {
  constructor(private readonly replays: ReplayService) {}

  @Post()
  @HttpCode(202)
  @ApiOperation({ summary: 'Send many final deliveries again, in the background' })
  @ApiAcceptedResponse({ type: ReplayDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async startReplay(
    @RequestBody() body: StartReplayDto,
    @Scope() scope: TenantScope,
  ): Promise<ReplayDto> {
    return toReplayDto(await this.replays.start(body, scope));
  }

  @Post('preview')
  @HttpCode(200)
  @ApiOperation({ summary: 'How many deliveries a replay would send' })
  @ApiOkResponse({ type: ReplayPreviewDto })
  @ApiProblems(400, 404, 413, 415, 422)
  async previewReplay(
    @RequestBody() body: SelectDeliveriesDto,
    @Scope() scope: TenantScope,
  ): Promise<ReplayPreviewDto> {
    return { deliveries: await this.replays.preview(body, scope) };
  }

  @Get()
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'Replays and recoveries, newest first, in pages' })
  @ApiOkResponse({ type: ReplayPageDto })
  @ApiProblems(400, 422)
  async listReplays(
    @RequestQuery() query: ListReplaysQuery,
    @Scope() scope: TenantScope,
  ): Promise<ReplayPageDto> {
    return toReplayPageDto(await this.replays.list(query, scope));
  }

  @Get(':id')
  @RequiresRight('integration.read')
  @ApiOperation({ summary: 'One replay, how far it is' })
  @ApiOkResponse({ type: ReplayDto })
  @ApiProblems(400, 404)
  async getReplay(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ReplayDto> {
    return toReplayDto(await this.replays.get(id, scope));
  }

  @Post(':id/pause')
  @HttpCode(200)
  @ApiOperation({ summary: 'Start no more deliveries until it is resumed' })
  @ApiOkResponse({ type: ReplayDto })
  @ApiProblems(400, 404, 409)
  async pauseReplay(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ReplayDto> {
    return toReplayDto(await this.replays.pause(id, scope));
  }

  @Post(':id/resume')
  @HttpCode(200)
  @ApiOperation({ summary: 'Go on where it was paused' })
  @ApiOkResponse({ type: ReplayDto })
  @ApiProblems(400, 404, 409)
  async resumeReplay(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ReplayDto> {
    return toReplayDto(await this.replays.resume(id, scope));
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @ApiOperation({ summary: 'End it; deliveries that it has started go on' })
  @ApiOkResponse({ type: ReplayDto })
  @ApiProblems(400, 404, 409)
  async cancelReplay(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<ReplayDto> {
    return toReplayDto(await this.replays.cancel(id, scope));
  }
}
