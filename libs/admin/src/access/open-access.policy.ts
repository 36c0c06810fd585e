import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { IntegrationAccessPolicy, type AccessDecision } from './integration-access.policy.js';

const DEVELOPMENT = new Set(['development', 'test']);

/**
 * Lets everyone do everything in every tenant: for a developer's own machine. The start is refused
 * unless `NODE_ENV` says that this is one.
 */
@Injectable()
export class OpenAccessPolicy extends IntegrationAccessPolicy implements OnModuleInit {
  private readonly logger = new Logger('IntegrationAdmin');

  /** @throws Error outside of development */
  onModuleInit(): void {
    const environment = process.env['NODE_ENV'] ?? '';
    if (!DEVELOPMENT.has(environment)) {
      throw new Error(
        `OpenAccessPolicy lets everyone in, so the start is refused: NODE_ENV is '${environment}', and it is for 'development' and 'test' alone. Give IntegrationAdminModule a policy that asks who is calling.`,
      );
    }
    this.logger.warn('The integration admin API is open to everyone: OpenAccessPolicy is in use');
  }

  override check(): AccessDecision {
    return { allowed: true, scope: 'all', actor: 'anyone' };
  }
}
