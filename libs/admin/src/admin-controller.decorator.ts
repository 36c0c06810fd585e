import {
  applyDecorators,
  Controller,
  UseFilters,
  UseGuards,
  UseInterceptors,
  UsePipes,
  VERSION_NEUTRAL,
} from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { AccessGuard } from './access/access.guard.js';
import { AuditInterceptor } from './access/audit.interceptor.js';
import { ApiProblems } from './openapi/api-problems.decorator.js';
import { ProblemFilter } from './problems/problem.filter.js';
import { ProtectionGuard } from './protection/protection.guard.js';
import { RequestPipe } from './requests/request.pipe.js';

/** A controller of this module: behind the access policy, with checked input and problem answers. */
export function AdminController(path: string, tag: string): ClassDecorator {
  return applyDecorators(
    // Neutral: a host's default version must not move the routes.
    Controller({ path, version: VERSION_NEUTRAL }),
    UseGuards(ProtectionGuard, AccessGuard),
    UseInterceptors(AuditInterceptor),
    UsePipes(RequestPipe),
    UseFilters(ProblemFilter),
    ApiTags(tag),
    ApiProblems(401, 403, 429, 500),
  );
}
