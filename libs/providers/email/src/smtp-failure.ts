import {
  fromHttpError,
  OutboundHttpError,
  rejected,
  retry,
  type DeliveryOutcome,
} from '@nest-integrations/core';
import type { NodemailerError } from 'nodemailer';

const WRONG_CREDENTIALS = new Set([530, 534, 535, 538]);

/** What the server said, or why it could not be asked. Its number, where it answered, is `status`. */
export interface SmtpFailure {
  readonly outcome: DeliveryOutcome;
  readonly status: number | null;
  readonly answer: string;
}

export function smtpFailureOf(error: unknown): SmtpFailure {
  if (error instanceof OutboundHttpError) return unanswered(fromHttpError(error));
  if (!isMailError(error)) throw error;
  const failed = lastingOf(error);
  const { responseCode: status, response = failed.message } = failed;
  if (status === undefined) return unanswered(withoutAnswer(error));
  return { outcome: answered(failed, status, response), status, answer: response };
}

/** Where all recipients are refused: one that may be accepted later, if there is one. */
function lastingOf(error: NodemailerError): NodemailerError {
  const [first = error, ...others] = error.rejectedErrors ?? [];
  return [first, ...others].find(({ permanent }) => permanent !== true) ?? first;
}

function answered(error: NodemailerError, status: number, response: string): DeliveryOutcome {
  const reason = `The server answered ${response}`;
  if (error.code === 'EAUTH' || WRONG_CREDENTIALS.has(status)) {
    return status < 500
      ? retry(reason)
      : retry(`${reason}: give the connection a user and a password that it knows`, {
          clientError: true,
        });
  }
  if (error.code === 'ETLS') return noTls(reason);
  return error.permanent === true ? rejected(reason) : retry(reason);
}

function withoutAnswer(error: NodemailerError): DeliveryOutcome {
  // A certificate's own error has lost its code by then.
  if (error.code === 'ETLS' || /certificate/i.test(error.message)) return noTls(error.message);
  if (error.code === 'EAUTH' || error.code === 'ENOAUTH') {
    const cure =
      'it offers no way to sign in that we know: leave user and password empty, or ask it';
    return retry(`${error.message}: ${cure}`, { clientError: true });
  }
  return error.code === 'EENVELOPE' || error.code === 'EMESSAGE'
    ? rejected(error.message)
    : retry(error.message);
}

function noTls(reason: string): DeliveryOutcome {
  const cure = 'let the server offer STARTTLS with a certificate that is trusted, or choose TLS';
  return retry(`${reason}: ${cure}`, { clientError: true });
}

function unanswered(outcome: DeliveryOutcome): SmtpFailure {
  return { outcome, status: null, answer: '' };
}

function isMailError(error: unknown): error is NodemailerError {
  return error instanceof Error;
}
