import type { Answer } from '../receiver.js';

export function jsonAnswer(body: unknown, answer: Answer = {}): Answer {
  return {
    ...answer,
    headers: { 'content-type': 'application/json;charset=UTF-8', ...answer.headers },
    body: JSON.stringify(body),
  };
}
