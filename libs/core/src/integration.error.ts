/** One field of an input that is wrong, for an answer that a form can show beside it. */
export interface FieldProblem {
  /** Path of the field, dotted: `config.auth.token`. Empty for the whole. */
  readonly field: string;
  /** What is wrong and what would be right. */
  readonly message: string;
}

/**
 * Base of every error that core throws. Compare `code`, not the class: an app may hold two copies
 * of this package.
 */
export abstract class IntegrationError<Code extends string = string> extends Error {
  protected constructor(
    readonly code: Code,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.name = new.target.name;
  }
}

/** A mistake in how the host app is put together; it stops the start. */
export class IntegrationSetupError extends IntegrationError<'SETUP'> {
  constructor(readonly problems: readonly string[]) {
    super('SETUP', `Integrations can't start:\n${problems.map((p) => `  - ${p}`).join('\n')}`);
  }
}

/** No event type of that name is registered. */
export class UnknownEventTypeError extends IntegrationError<'UNKNOWN_EVENT_TYPE'> {
  constructor(readonly eventType: string) {
    super(
      'UNKNOWN_EVENT_TYPE',
      `No event type '${eventType}'. Declare it with @IntegrationEvent in a class that a module provides.`,
    );
  }
}

/** The payload does not fit the event type's schema; nothing was written. */
export class InvalidPayloadError extends IntegrationError<'INVALID_PAYLOAD'> {
  constructor(
    readonly eventType: string,
    readonly stage: 'emitted' | 'transformed',
    readonly problems: readonly FieldProblem[],
  ) {
    super(
      'INVALID_PAYLOAD',
      `The payload ${stage === 'emitted' ? 'emitted' : 'that leaves'} for '${eventType}' does not fit its schema: ` +
        problems.map((p) => `${p.field || 'payload'}: ${p.message}`).join('; '),
    );
  }
}

/** The serialised payload is over the limit; nothing was written. */
export class PayloadTooLargeError extends IntegrationError<'PAYLOAD_TOO_LARGE'> {
  constructor(
    readonly eventType: string,
    readonly bytes: number,
    readonly maxBytes: number,
  ) {
    super(
      'PAYLOAD_TOO_LARGE',
      `The payload of '${eventType}' is ${bytes} bytes; at most ${maxBytes} are accepted. Send a link to what is large.`,
    );
  }
}

/** Input that an admin gave is wrong; nothing was written. */
export class InvalidInputError extends IntegrationError<'INVALID_INPUT'> {
  constructor(readonly problems: readonly FieldProblem[]) {
    super('INVALID_INPUT', problems.map((p) => `${p.field}: ${p.message}`).join('; '));
  }
}

/** No such thing, or not in the caller's tenant: the two look the same from outside. */
export class NotFoundError extends IntegrationError<'NOT_FOUND'> {
  constructor(
    readonly what:
      | 'subscription'
      | 'connection'
      | 'delivery'
      | 'event'
      | 'event type'
      | 'provider'
      | 'replay'
      | 'tenant'
      | 'erasure',
    readonly id: string,
  ) {
    super('NOT_FOUND', `No ${what} '${id}'.`);
  }
}

/** The thing is there but in a state that does not allow the call. */
export class ConflictError extends IntegrationError<'CONFLICT'> {
  constructor(message: string) {
    super('CONFLICT', message);
  }
}

/** The database did not take the event; the caller may publish again. */
export class AcceptFailedError extends IntegrationError<'ACCEPT_FAILED'> {
  constructor(
    readonly eventType: string,
    readonly eventId: string,
    cause: unknown,
  ) {
    super(
      'ACCEPT_FAILED',
      `Event ${eventId} ('${eventType}') was not accepted: ${cause instanceof Error ? cause.message : String(cause)}`,
      { cause },
    );
  }
}

/** The other side, asked on an admin's behalf, refused or did not answer. */
export class UpstreamError extends IntegrationError<'UPSTREAM'> {
  constructor(message: string) {
    super('UPSTREAM', message);
  }
}

/** A template that can't be read, or that yields nothing that can be sent. */
export class TemplateError extends IntegrationError<'TEMPLATE'> {
  /** @param problem the end of a sentence that begins with the template: "does not yield JSON" */
  constructor(readonly problem: string) {
    super('TEMPLATE', `The template ${problem}`);
  }
}
