import type { IncomingMessage, ServerResponse } from 'node:http';
import { Inject, Injectable } from '@nestjs/common';
import { ApplicationConfig, HttpAdapterHost } from '@nestjs/core';
import bodyParser from 'body-parser';
import { ADMIN_PATH } from '../integration-admin-options.js';
import { ofStatus } from '../problems/problem-of.js';
import { pathOf, PROBLEM_MEDIA_TYPE, type Problem } from '../problems/problem.js';
import { ANSWER_HEADERS } from '../protection/answer-headers.js';
import { bodyFault } from './body-fault.js';
import { isBelow } from './is-below.js';

const MAX_BODY_BYTES = 1_048_576;

const parseJson = bodyParser.json({
  limit: MAX_BODY_BYTES,
  type: ['application/json', 'application/*+json'],
});

type Next = (error?: unknown) => void;

/**
 * Reads the bodies of this module's routes, and of no others. It takes its place in the adapter
 * while Nest builds the modules, so before the app's own body parser, which would refuse at
 * 100 kB and answer malformed JSON in the app's own form; that one then finds the body read.
 */
@Injectable()
export class JsonBody {
  constructor(
    host: HttpAdapterHost,
    private readonly config: ApplicationConfig,
    @Inject(ADMIN_PATH) private readonly path: string,
  ) {
    // With Nest's testing module the adapter comes later than the providers.
    host.init$.subscribe(() => {
      if (host.httpAdapter.getType() !== 'express') return;
      host.httpAdapter.use((request: IncomingMessage, response: ServerResponse, next: Next) =>
        this.read(request, response, next),
      );
    });
  }

  private read(request: IncomingMessage, response: ServerResponse, next: Next): void {
    const path = pathOf(request.url ?? '/');
    if (!this.isOurs(path)) {
      next();
      return;
    }
    for (const [name, value] of ANSWER_HEADERS) response.setHeader(name, value);
    const fault = addressFault(path) ?? mediaTypeFault(request, path);
    if (fault) {
      send(response, fault);
      return;
    }
    parseJson(request, response, (error?: unknown) => {
      if (error) send(response, bodyFault(error, { path, maxBytes: MAX_BODY_BYTES }));
      else next();
    });
  }

  /** Asked for each request: the app's prefix is set after the modules are built. */
  private isOurs(path: string): boolean {
    const prefix = this.config.getGlobalPrefix().replace(/^\/+|\/+$/g, '');
    if (prefix === '') return isBelow(path, this.path);
    if (isBelow(path, `/${prefix}${this.path}`)) return true;
    const { exclude = [] } = this.config.getGlobalPrefixOptions();
    return isBelow(path, this.path) && exclude.some(({ pathRegex }) => pathRegex.test(path));
  }
}

function addressFault(path: string): Problem | undefined {
  try {
    decodeURIComponent(path);
    return undefined;
  } catch {
    return ofStatus(400, 'The path is not valid percent-encoding.', path);
  }
}

/** Also closes the door that HTML forms of other sites have: they can't send JSON. */
function mediaTypeFault({ headers }: IncomingMessage, path: string): Problem | undefined {
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0;
  if (!hasBody || /^application\/([\w.-]+\+)?json\s*(;|$)/i.test(headers['content-type'] ?? '')) {
    return undefined;
  }
  return ofStatus(415, 'Bodies must be JSON, sent as application/json.', path);
}

function send(response: ServerResponse, problem: Problem): void {
  response.statusCode = problem.status;
  response.setHeader('Content-Type', PROBLEM_MEDIA_TYPE);
  response.end(JSON.stringify(problem));
}
