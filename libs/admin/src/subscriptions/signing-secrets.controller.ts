import { Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation } from '@nestjs/swagger';
import { SubscriptionService, type TenantScope } from '@nest-integrations/core';
import { RequiresRight } from '../access/requires-right.decorator.js';
import { Scope } from '../access/scope.decorator.js';
import { AdminController } from '../admin-controller.decorator.js';
import { ApiProblems } from '../openapi/api-problems.decorator.js';
import { IdPipe } from '../requests/id.pipe.js';
import { RequestBody } from '../requests/request-input.decorator.js';
import { RevealedSigningSecretsDto, toRevealedSigningSecretDto } from './signing-secret.dto.js';
import { RotateSigningSecretDto } from './subscription-actions.dto.js';
import { SubscriptionDto, toSubscriptionDto } from './subscription.dto.js';

@AdminController('subscriptions/:id/signing-secrets', 'Subscriptions')
@RequiresRight('integration.manage')
export class SigningSecretsController {
  constructor(private readonly subscriptions: SubscriptionService) {}

  @Post('rotate')
  @HttpCode(200)
  @ApiOperation({ summary: 'Sign with a new secret; the old ones go on signing for a while' })
  @ApiBody({ type: RotateSigningSecretDto, required: false })
  @ApiOkResponse({ type: SubscriptionDto })
  @ApiProblems(400, 404, 409, 415, 422)
  async rotateSigningSecret(
    @Param('id', IdPipe) id: string,
    @RequestBody() { overlapSeconds, kind }: RotateSigningSecretDto,
    @Scope() scope: TenantScope,
  ): Promise<SubscriptionDto> {
    return toSubscriptionDto(
      await this.subscriptions.rotateSigningSecret(id, { overlapSeconds, kind }, scope),
    );
  }

  @Post('reveal')
  @HttpCode(200)
  @Header('Cache-Control', 'no-store')
  @ApiOperation({ summary: 'The signing secrets in clear, to set a receiver up' })
  @ApiOkResponse({ type: RevealedSigningSecretsDto })
  @ApiProblems(400, 404)
  async revealSigningSecrets(
    @Param('id', IdPipe) id: string,
    @Scope() scope: TenantScope,
  ): Promise<RevealedSigningSecretsDto> {
    const secrets = await this.subscriptions.revealSigningSecrets(id, scope);
    return { items: secrets.map(toRevealedSigningSecretDto) };
  }
}
