import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';
import { SecretRotation } from './secret.rotation.js';

/**
 * Says at start which stored secrets no key of the ring opens. A warning, not a refusal: one key
 * forgotten must not stop the deliveries of everyone else. Those it concerns fail visibly.
 */
@Injectable()
export class SecretKeyCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger('IntegrationModule');

  constructor(private readonly rotation: SecretRotation) {}

  async onApplicationBootstrap(): Promise<void> {
    for (const { keyId, isKnown, values } of await this.rotation.usage()) {
      if (isKnown) continue;
      this.logger.warn({
        event: 'secrets.unreadable',
        keyId,
        values,
        message: `${values} stored secrets are encrypted with the key '${keyId}', which is not in options.secrets.keys: add it again, or give those secrets anew. Until then what needs them fails.`,
      });
    }
  }
}
