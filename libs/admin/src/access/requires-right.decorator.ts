import { Reflector } from '@nestjs/core';
import type { IntegrationRight } from './integration-access.policy.js';

/** The right that a route or a controller asks for. A route without one asks for `integration.manage`. */
export const RequiresRight = Reflector.createDecorator<IntegrationRight>();
