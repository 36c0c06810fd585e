import type { DeliveryProvider, OptionPage, TrialSetup } from '@nest-integrations/core';
import type { Answer, ReceivedRequest } from '../receiver.js';

/** What a provider's author tells the kit. `origin` is where its service stands: `http://127.0.0.1:…`. */
export interface ProviderSubject {
  readonly name: string;
  /** Made anew for every promise. */
  readonly provider: (origin: string) => DeliveryProvider;
  /** Complete set-ups by name: every promise is checked with each. */
  readonly setups: Readonly<Record<string, (origin: string) => SubjectSetup>>;
  /** The event that is delivered. Default: an incident was created. */
  readonly event?: { readonly type: string; readonly payload: unknown };
  /** Fields whose names sound of a secret and that are none. */
  readonly notSecret?: readonly string[];
  /** Left out for what is not delivered by HTTP: the promises about schema and secrets remain. */
  readonly service?: ServiceSubject;
}

export interface SubjectSetup extends TrialSetup {
  /** Where it has secrets: `connection.token`, `config.auth.password`. */
  readonly secrets?: readonly string[];
  /** What else must not be seen, like the part of a secret URL that matters. */
  readonly secretTexts?: readonly string[];
}

/** What may happen to a call. */
export type Situation =
  'rateLimited' | 'unauthorized' | 'serverError' | 'networkError' | 'timeout' | 'malformed';

export type OutcomeKind = 'delivered' | 'retry' | 'rejected';

/** How the service answers in a situation, and what is to come of it. */
export interface SituationSubject {
  readonly answer?: Answer;
  readonly outcome?: OutcomeKind;
}

export interface ServiceSubject {
  /** A fake in its first state, which refuses what the real one would. Made anew for every promise. */
  readonly start: () => (request: ReceivedRequest) => Answer;
  /** Which requests deliver; the others (a token's) are always answered by the fake. Default: all. */
  readonly isDelivery?: (request: ReceivedRequest) => boolean;
  /** Where it differs from plain HTTP: 429, 401, 503, and a body that is not its own with 200. */
  readonly situations?: Readonly<Partial<Record<Situation, SituationSubject>>>;
  /** How it asks to wait. Default: status 429 and the header `Retry-After`. */
  readonly rateLimit?: (seconds: number) => Answer;
  /** What its id and link look like, where it gives them. */
  readonly delivered?: { readonly externalId?: RegExp; readonly externalUrl?: RegExp };
  /** By what it tells a repeated request; left out: it can't. */
  readonly repeatKey?: (request: ReceivedRequest) => string | undefined;
  /** Of every field that has options. */
  readonly options?: Readonly<Record<string, OptionsSubject>>;
}

export interface OptionsSubject {
  /** Of the fields that they depend on. */
  readonly values?: Readonly<Record<string, string>>;
  readonly search?: string;
  /** What the fake has; or what is said where this set-up can't have any. */
  readonly options: OptionPage['options'] | RegExp;
}
