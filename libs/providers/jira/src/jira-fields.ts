import { rejected } from '@nest-integrations/core';
import type { JiraApi } from './jira-api.js';
import type { JiraConfig } from './jira-config.js';
import { fieldValue, type FieldValue } from './field-value.js';
import { JiraError } from './jira-error.js';
import { fieldsOf, type JiraField } from './jira-metadata.js';

const KEEP_MS = 10 * 60_000;

interface Kept {
  readonly fields: Promise<readonly JiraField[]>;
  readonly until: number;
}

/** Which kinds the mapped fields of a config are of; asked once in a while. */
export class JiraFields {
  private readonly kept = new WeakMap<JiraConfig, Kept>();

  /** Texts by the ids of fields as what these take. @throws JiraError where one can't be, or is not there */
  async valuesOf(
    texts: readonly (readonly [id: string, text: string])[],
    { config, api }: { config: JiraConfig; api: JiraApi },
  ): Promise<Record<string, FieldValue>> {
    if (texts.length === 0) return {};
    const fields = await this.fieldsOf(config, api);
    return Object.fromEntries(
      texts.map(([id, text]) => {
        const field = fields.find(({ fieldId }) => fieldId === id);
        if (field) return [id, fieldValue(text, field, api.edition)];
        this.forget(config);
        const message = `The field '${id}' is not on the screen for creating this type of issue in ${config.projectKey}`;
        throw new JiraError(rejected(message));
      }),
    );
  }

  /** They may have changed. */
  forget(config: JiraConfig): void {
    this.kept.delete(config);
  }

  private fieldsOf(config: JiraConfig, api: JiraApi): Kept['fields'] {
    const known = this.kept.get(config);
    if (known && known.until > performance.now()) return known.fields;
    const fields = fieldsOf(api, config);
    this.kept.set(config, { fields, until: performance.now() + KEEP_MS });
    fields.catch(() => this.forget(config));
    return fields;
  }
}
