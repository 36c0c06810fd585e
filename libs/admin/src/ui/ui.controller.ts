import {
  Controller,
  Get,
  Headers,
  Inject,
  NotFoundException,
  Param,
  Req,
  Res,
  ServiceUnavailableException,
  StreamableFile,
  UseFilters,
  UseGuards,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { ApiExcludeController } from '@nestjs/swagger';
import { AccessGuard } from '../access/access.guard.js';
import { grantedAccess } from '../access/granted-access.js';
import { IntegrationAccessPolicy } from '../access/integration-access.policy.js';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { pathOf } from '../problems/problem.js';
import { ProtectionGuard } from '../protection/protection.guard.js';
import { BuiltUi } from './built-ui.js';
import { uiPage, wayToRoot } from './ui-page.js';
import { UI_OPTIONS, type UiOptions } from './ui-options.js';
import { UiFilter } from './ui.filter.js';

interface PageRequest {
  readonly originalUrl?: string;
  readonly url: string;
}

/**
 * The admin UI, below `ui` of the admin path: its deep links (`ui/deliveries/…`) never meet the API's
 * routes (`deliveries/…`). Every address below it is one document; the browser's router does the rest.
 */
@Controller({ path: '', version: VERSION_NEUTRAL })
@UseGuards(ProtectionGuard, AccessGuard)
@UseFilters(UiFilter)
@RequiresRight('integration.read')
@ApiExcludeController()
export class UiController {
  constructor(
    private readonly ui: BuiltUi,
    private readonly policy: IntegrationAccessPolicy,
    private readonly host: HttpAdapterHost,
    @Inject(UI_OPTIONS) private readonly options: UiOptions,
  ) {}

  /** Relative, as all addresses of the UI are. */
  @Get()
  home(@Req() request: PageRequest, @Res() response: object): void {
    const path = pathOf(request.originalUrl ?? request.url);
    const last = path.slice(path.lastIndexOf('/') + 1);
    this.host.httpAdapter.redirect(response, 302, last === '' ? 'ui/' : `${last}/ui/`);
  }

  @Get('ui')
  root(@Req() request: PageRequest, @Res({ passthrough: true }) response: object): Promise<string> {
    const isDirectory = pathOf(request.originalUrl ?? request.url).endsWith('/');
    return this.page(request, response, isDirectory ? [''] : null);
  }

  @Get('ui/assets/:name')
  asset(
    @Param('name') name: string,
    @Headers('accept-encoding') acceptEncoding: string | undefined,
    @Res({ passthrough: true }) response: object,
  ): StreamableFile {
    const asset = this.ui.asset(name, acceptEncoding ?? '');
    if (!asset) throw new NotFoundException('There is no such file: reload the page.');
    const { httpAdapter } = this.host;
    // Private: it was given to whom the policy let in.
    httpAdapter.setHeader(response, 'Cache-Control', 'private, max-age=31536000, immutable');
    httpAdapter.setHeader(response, 'Vary', 'Accept-Encoding');
    if (asset.encoding) httpAdapter.setHeader(response, 'Content-Encoding', asset.encoding);
    return new StreamableFile(asset.content, {
      type: asset.mediaType,
      length: asset.content.byteLength,
    });
  }

  @Get('ui/*path')
  deepLink(
    @Req() request: PageRequest,
    @Res({ passthrough: true }) response: object,
    @Param('path') path: string | string[],
  ): Promise<string> {
    // Already decoded: a slash within a segment is none that leads deeper.
    return this.page(request, response, typeof path === 'string' ? path.split('/') : path);
  }

  private async page(
    request: PageRequest,
    response: object,
    segmentsBelowRoot: readonly string[] | null,
  ): Promise<string> {
    const { document } = this.ui;
    if (document === null) {
      throw new ServiceUnavailableException(
        'The admin UI is not built. Run `npm run build`, then reload.',
      );
    }
    const manage = await this.policy.check(request, 'integration.manage');
    const { actor = null, scope } = grantedAccess(request);
    const { html, headers } = uiPage(document, wayToRoot(segmentsBelowRoot), {
      actor,
      canManage: manage.allowed,
      seesAllTenants: scope === 'all',
      signIn: this.options.signIn ?? null,
    });
    for (const [name, value] of headers) this.host.httpAdapter.setHeader(response, name, value);
    return html;
  }
}
