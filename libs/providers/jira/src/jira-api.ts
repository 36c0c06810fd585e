import { retry, type HttpClient, type OutboundResponse } from '@nest-integrations/core';
import type { z } from 'zod';
import { failureOf, isSignInRefused, jsonOf } from './jira-answer.js';
import type { JiraConnection } from './jira-config.js';
import { editionOf, type JiraEdition } from './jira-edition.js';
import { JiraError } from './jira-error.js';

/** Jira's REST API for one connection: version 3 on Cloud, 2 on Data Center. */
export class JiraApi {
  readonly edition: JiraEdition;
  private readonly root: string;
  private readonly headers: Readonly<Record<string, string>>;

  constructor(
    private readonly http: HttpClient,
    private readonly connection: JiraConnection,
  ) {
    this.edition = editionOf(connection);
    this.root = withoutSlash(connection.baseUrl) + this.edition.apiPath;
    this.headers = { authorization: authorizationOf(connection), accept: 'application/json' };
  }

  /** What changes something, as it is recorded. */
  send(method: 'POST' | 'PUT', path: string, json: object): Promise<OutboundResponse> {
    return this.http.request(method, this.root + path, { json, headers: this.headers });
  }

  /** @throws JiraError where Jira answers an error, or something else than `form` */
  async ask<Form extends z.ZodType>(path: string, form: Form): Promise<z.output<Form>> {
    return this.read(await this.get(path), form);
  }

  /** What only asks does not show in the attempt. */
  get(path: string): Promise<OutboundResponse> {
    return this.http.get(this.root + path, { headers: this.headers, record: false });
  }

  /** @throws JiraError where it is an error, or something else than `form` */
  read<Form extends z.ZodType>(response: OutboundResponse, form: Form): z.output<Form> {
    if (!response.ok || isSignInRefused(response)) throw new JiraError(failureOf(response));
    const parsed = form.safeParse(jsonOf(response));
    if (parsed.success) return parsed.data;
    throw new JiraError(
      retry(`Jira answered ${response.status} with a body that is not its own`, {
        clientError: true,
      }),
    );
  }

  linkTo(issueKey: string): string {
    const { browseUrl, baseUrl } = this.connection;
    return `${withoutSlash(browseUrl ?? baseUrl)}/browse/${encodeURIComponent(issueKey)}`;
  }
}

function authorizationOf(connection: JiraConnection): string {
  if (connection.edition === 'data-center') return `Bearer ${connection.personalAccessToken}`;
  const { email, apiToken } = connection;
  return `Basic ${Buffer.from(`${email}:${apiToken}`).toString('base64')}`;
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
