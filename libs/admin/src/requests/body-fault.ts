import { problemType, statusTitle, type Problem } from '../problems/problem.js';

interface BodyRequest {
  readonly path: string;
  readonly maxBytes: number;
}

/** What the body parser's refusal means. Its own words may quote the body, secrets included. */
export function bodyFault(error: unknown, { path, maxBytes }: BodyRequest): Problem {
  const status = statusOf(error);
  const detail = detailOf(error, maxBytes);
  return {
    type: problemType(status === 413 ? 'payload-too-large' : 'invalid-request'),
    title: statusTitle(status),
    status,
    detail,
    instance: path,
    errors: [{ field: '', message: detail }],
  };
}

function statusOf(error: unknown): number {
  return isObject(error) && typeof error['status'] === 'number' ? error['status'] : 400;
}

function detailOf(error: unknown, maxBytes: number): string {
  const type = isObject(error) ? error['type'] : undefined;
  switch (type) {
    case 'entity.too.large':
      return `The body is too large: at most ${maxBytes} bytes are accepted.`;
    case 'entity.parse.failed':
      return `The body is not valid JSON${positionOf(error)}.`;
    case 'charset.unsupported':
      return 'The body’s charset is not supported: send UTF-8.';
    case 'encoding.unsupported':
      return 'The body’s content encoding is not supported: send it plain, or as gzip, deflate or br.';
    default:
      return 'The body could not be read whole.';
  }
}

function positionOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const position = /at position (\d+)/.exec(message)?.[1];
  return position === undefined ? '' : `: it breaks at position ${position}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
