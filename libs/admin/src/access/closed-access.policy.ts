import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { IntegrationAccessPolicy, type AccessDecision } from './integration-access.policy.js';

const REMEDY =
  'No access policy is configured, so the integration admin API is closed: ' +
  'pass `access` to IntegrationAdminModule.forRoot';

/** Stands in where the host names no policy: everyone is refused, and told why. */
@Injectable()
export class ClosedAccessPolicy extends IntegrationAccessPolicy implements OnModuleInit {
  private readonly logger = new Logger('IntegrationAdmin');

  onModuleInit(): void {
    this.logger.warn(REMEDY);
  }

  override check(): AccessDecision {
    return { allowed: false, reason: `${REMEDY}.` };
  }
}
