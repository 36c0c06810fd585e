import { cutText } from '@nest-integrations/common';
import { Template, templateScopeOf, type DeliveryContext } from '@nest-integrations/core';
import type { JiraConfig } from './jira-config.js';
import { type JiraEdition, type RichText } from './jira-edition.js';

type Scope = Pick<DeliveryContext<JiraConfig>, 'event' | 'subscription'>;

const MAX_SUMMARY = 255;
/** Jira keeps what XML can: no other control characters, no half of a pair. */
const UNKEPT =
  // oxlint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/** The templates of a config, read once. */
export class JiraWriter {
  private readonly summaryTemplate: Template;
  private readonly descriptionTemplate: Template | null;
  private readonly commentTemplate: Template | null;
  private readonly fieldTemplates: readonly (readonly [id: string, template: Template])[];

  /** @throws TemplateError */
  constructor({ summary, description, comment, fields }: JiraConfig) {
    const compiled = (source: string | undefined) =>
      source === undefined ? null : Template.compile(source, 'text');
    this.summaryTemplate = Template.compile(summary, 'text');
    this.descriptionTemplate = compiled(description);
    this.commentTemplate = compiled(comment);
    this.fieldTemplates = fields.map(
      ({ fieldId, value }) => [fieldId, Template.compile(value, 'text')] as const,
    );
  }

  /** One line. @throws TemplateError */
  summary(scope: Scope): string {
    const line = rendered(this.summaryTemplate, scope).replaceAll(/\s+/g, ' ').trim();
    return cutText(line === '' ? scope.event.type : line, MAX_SUMMARY);
  }

  /** Null: there is nothing to say. @throws TemplateError */
  description(scope: Scope, edition: JiraEdition): RichText | null {
    if (!this.descriptionTemplate) return edition.code(prettyPayload(scope));
    return richOrNull(rendered(this.descriptionTemplate, scope), edition);
  }

  /** Null: there is nothing to say. @throws TemplateError */
  comment(scope: Scope, edition: JiraEdition): RichText | null {
    const text = this.commentTemplate
      ? rendered(this.commentTemplate, scope)
      : `${scope.event.type}\n\n${prettyPayload(scope)}`;
    return richOrNull(text, edition);
  }

  /** By id, as text; one that comes to nothing is left out. @throws TemplateError */
  fields(scope: Scope): (readonly [id: string, text: string])[] {
    return this.fieldTemplates
      .map(([id, template]) => [id, rendered(template, scope).trim()] as const)
      .filter(([, text]) => text !== '');
  }
}

function richOrNull(text: string, edition: JiraEdition): RichText | null {
  return text.trim() === '' ? null : edition.rich(text);
}

function rendered(template: Template, scope: Scope): string {
  return kept(template.render(templateScopeOf(scope)));
}

function prettyPayload({ event }: Scope): string {
  return kept(JSON.stringify(event.payload, null, 2));
}

function kept(text: string): string {
  return text.replaceAll(/\r\n?/g, '\n').replaceAll(UNKEPT, '');
}
