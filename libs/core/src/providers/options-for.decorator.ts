import type { HttpClient } from '../http/http-client.js';
import type { SocketClient } from '../http/socket-client.js';
import type { OAuthTokens } from '../oauth/oauth-tokens.js';

/** One value that an admin may choose. */
export interface Option {
  /** What is stored. */
  readonly value: string;
  /** What is shown. */
  readonly label: string;
  readonly description?: string;
}

export interface OptionPage {
  readonly options: readonly Option[];
  /** Given back as `cursor` to get more; left out: these were all. */
  readonly nextCursor?: string;
}

/** What the options of a field may depend on. */
export interface OptionsContext<Account = unknown> {
  /** Of the connection that was chosen; `undefined` where a subscription may do without, and none was. */
  readonly connection: Account;
  /** Values of the fields that the options depend on, each given and not empty. */
  readonly values: Readonly<Record<string, string>>;
  /** What was typed to search; empty: nothing. */
  readonly search: string;
  readonly cursor?: string;
  /** Guarded and bounded like that of an attempt. */
  readonly http: HttpClient;
  /** For protocols other than HTTP; as guarded. */
  readonly sockets: SocketClient;
  /** Of the OAuth client that `@IntegrationProvider({ oauth })` declares. */
  readonly oauth: OAuthTokens;
  readonly signal: AbortSignal;
}

export interface OptionsForOptions {
  /** Fields of the same config that must have a value first: `['projectKey']`. */
  readonly dependsOn?: readonly string[];
  /** Whether `search` narrows them; otherwise the form filters what it was given. Default false. */
  readonly searchable?: boolean;
}

export interface OptionsForMetadata extends OptionsForOptions {
  readonly field: string;
  readonly method: string | symbol;
}

const OPTIONS_FOR = 'nest-integrations:options-for';

/**
 * The method answers what may be chosen for a field of the provider's config (`projectKey`,
 * `target.channel`; of the items of a list too, `fields.fieldId`): a list, or a page of a longer one. What it throws is shown in the form.
 */
export function OptionsFor(field: string, options: OptionsForOptions = {}): MethodDecorator {
  return (target, method) => {
    const declared = optionsForOf(target.constructor);
    Reflect.defineMetadata(
      OPTIONS_FOR,
      [...declared, { ...options, field, method }],
      target.constructor,
    );
  };
}

/** The only reader of what `@OptionsFor` wrote; a subclass has those of its base. */
export function optionsForOf(target: object): readonly OptionsForMetadata[] {
  const declared: readonly OptionsForMetadata[] | undefined = Reflect.getMetadata(
    OPTIONS_FOR,
    target,
  );
  return declared ?? [];
}
