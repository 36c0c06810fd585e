import { setImmediate } from 'node:timers/promises';
import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { RESOLVED_OPTIONS, type ResolvedIntegrationOptions } from '../integration-options.js';
import { ConfigSecrets } from '../configs/config.secrets.js';
import { misfitText, parseConfig, type ParsedConfig } from '../providers/config-schema.js';
import { ProviderRegistry } from '../providers/provider.registry.js';
import type { VersionedSchema } from '../providers/versioned.js';
import type { JsonSchema } from '../schema/json-schema.js';
import { SecretDecryptionError } from '../secrets/secret-cipher.js';
import { SubscriptionRuntimeLoader } from '../subscriptions/subscription-runtime.js';
import { SubscriptionDisabler } from './health/subscription.disabler.js';
import {
  StoredConfigStore,
  type ConfigHolder,
  type StoredConfigRow,
} from './stored-config.store.js';

interface ConfigForm {
  readonly versioned: VersionedSchema;
  readonly jsonSchema: JsonSchema;
}

/**
 * Looks at every stored config once this process runs. Those that the running providers can't use are
 * noted, and their subscriptions disabled with the reason. Those of an older version are written anew
 * later: processes of the release before, which could not read them, are gone by then.
 */
@Injectable()
export class ConfigUpkeep implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly logger = new Logger('IntegrationDeliveries');
  private readonly stopping = new AbortController();
  private timer: NodeJS.Timeout | null = null;
  private underWay: Promise<void> = Promise.resolve();

  constructor(
    @Inject(RESOLVED_OPTIONS) private readonly options: ResolvedIntegrationOptions,
    private readonly store: StoredConfigStore,
    private readonly providers: ProviderRegistry,
    private readonly secrets: ConfigSecrets,
    private readonly runtimes: SubscriptionRuntimeLoader,
    private readonly disabler: SubscriptionDisabler,
  ) {}

  onApplicationBootstrap(): void {
    if (!this.options.worker.enabled) return;
    this.begin('configs.judge_failed', () => this.judge());
    this.timer = setTimeout(() => {
      this.begin('configs.rewrite_failed', () => this.rewrite());
    }, this.options.subscriptions.rewriteConfigsAfterMs);
  }

  async onModuleDestroy(): Promise<void> {
    if (this.timer) clearTimeout(this.timer);
    this.stopping.abort();
    await this.underWay;
  }

  /** Notes which configs fit and which don't, and disables the subscriptions of those. */
  async judge(): Promise<void> {
    await this.each('connection', async (rows) => {
      for (const row of rows) await this.note('connection', row, this.problemOf('connection', row));
    });
    await this.each('subscription', async (rows) => {
      const runtimes = await this.runtimes.load(rows.map(({ id }) => id));
      for (const row of rows) {
        await this.note('subscription', row, this.problemOf('subscription', row));
        const runtime = runtimes.get(row.id);
        if (!runtime || !('broken' in runtime) || !runtime.isMisfit) continue;
        const { broken, revision } = runtime;
        await this.disabler.disable(row.id, (_health, current) =>
          current.revision === revision ? broken : null,
        );
      }
    });
  }

  /** Stores configs of older versions as they are read: migrated, their defaults applied. */
  async rewrite(): Promise<void> {
    for (const holder of ['connection', 'subscription'] as const) {
      let rewritten = 0;
      await this.each(holder, async (rows) => {
        for (const row of rows) if (await this.renewed(holder, row)) rewritten++;
      });
      if (rewritten > 0) this.logger.log({ event: 'configs.rewritten', holder, rewritten });
    }
  }

  private async renewed(holder: ConfigHolder, row: StoredConfigRow): Promise<boolean> {
    const form = this.formOf(holder, row.provider);
    if (!form || row.config_version >= form.versioned.version) return false;
    const parsed = this.parsed(holder, row, form);
    if (!parsed?.ok) return false;
    const config = this.secrets.seal(`${holder}:${row.id}`, parsed.config, form.jsonSchema);
    return this.store.rewrite(holder, row, { config, version: form.versioned.version });
  }

  private async note(
    holder: ConfigHolder,
    row: StoredConfigRow,
    problem: string | null,
  ): Promise<void> {
    if (problem !== row.config_problem) await this.store.noteProblem(holder, row, problem);
  }

  private problemOf(holder: ConfigHolder, row: StoredConfigRow): string | null {
    const form = this.formOf(holder, row.provider);
    const parsed = form && this.parsed(holder, row, form);
    return !parsed || parsed.ok ? null : misfitText(parsed.problems);
  }

  /** Null: it can't be read, which is told elsewhere. */
  private parsed(
    holder: ConfigHolder,
    { id, config: text, config_version: version }: StoredConfigRow,
    { versioned }: ConfigForm,
  ): ParsedConfig | null {
    try {
      const config = this.secrets.open(`${holder}:${id}`, JSON.parse(text));
      return parseConfig(versioned, { config, version });
    } catch (error) {
      if (error instanceof SecretDecryptionError) return null;
      throw error;
    }
  }

  /** Null: its provider is not registered, or has no connections. */
  private formOf(holder: ConfigHolder, providerId: string): ConfigForm | null {
    const provider = this.providers.find(providerId);
    if (!provider) return null;
    return holder === 'connection'
      ? provider.connection
      : { versioned: provider.config, jsonSchema: provider.configSchema };
  }

  private async each(
    holder: ConfigHolder,
    look: (rows: readonly StoredConfigRow[]) => Promise<void>,
  ): Promise<void> {
    for (let after: string | null = null; !this.stopping.signal.aborted;) {
      const rows: readonly StoredConfigRow[] = await this.store.after(holder, after);
      const last = rows.at(-1);
      if (!last) return;
      await look(rows);
      after = last.id;
      await setImmediate(); // What is served in this process comes first.
    }
  }

  /** One pass after the other; what fails is told, and done at the next start. */
  private begin(failed: string, pass: () => Promise<void>): void {
    this.underWay = this.underWay.then(pass).catch((error: unknown) => {
      const reason = error instanceof Error ? error.message : String(error);
      this.logger.error({ event: failed, reason });
    });
  }
}
