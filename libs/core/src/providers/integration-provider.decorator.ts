import type { z } from 'zod';
import type { OAuthDeclaration } from '../oauth/oauth-client.js';
import type { VersionedSchema } from './versioned.js';

/** What an admin needs to know to set the provider up, and what a receiver gets. */
export interface ProviderDocumentation {
  /** Markdown. */
  readonly setupGuide: string;
  /** A body as the receiver sees it. */
  readonly examplePayload?: unknown;
  readonly headers?: readonly { readonly name: string; readonly description: string }[];
  readonly link?: string;
}

export interface IntegrationProviderOptions<
  Config extends z.ZodType = z.ZodType,
  Account extends z.ZodType = z.ZodType,
> {
  /** Unique in the app: `webhook`, `pager`. */
  readonly id: string;
  readonly displayName: string;
  readonly description?: string;
  /** Name of an icon of the UI's set. */
  readonly icon?: string;
  readonly config: VersionedSchema<Config>;
  /** Of the connections that it delivers by; left out: it has none. */
  readonly connection?: VersionedSchema<Account>;
  /** Whether a subscription may do without a connection. Default false. */
  readonly connectionOptional?: boolean;
  /** How it is known to an authorization server; its tokens come as `context.oauth`. */
  readonly oauth?: OAuthDeclaration<z.output<Config>, z.output<Account>>;
  /** `standard-webhooks`: each subscription gets a signing secret that can be rotated. Default `none`. */
  readonly signing?: 'none' | 'standard-webhooks';
  /** Whether its deliveries can join what an earlier one opened: see `DeliveryContext.thread`. Default false. */
  readonly threads?: boolean;
  readonly documentation?: ProviderDocumentation;
}

export const INTEGRATION_PROVIDER = 'nest-integrations:provider';

/** Declares a provider. Provide the class in a module: that is where discovery looks. */
export function IntegrationProvider<Config extends z.ZodType, Account extends z.ZodType>(
  options: IntegrationProviderOptions<Config, Account>,
): ClassDecorator {
  if (!/^[a-z][a-z0-9-]*$/.test(options.id)) {
    throw new TypeError(
      `@IntegrationProvider({ id: '${options.id}' }): use lower-case letters, digits and dashes, like 'pager'`,
    );
  }
  return (target) => Reflect.defineMetadata(INTEGRATION_PROVIDER, options, target);
}
