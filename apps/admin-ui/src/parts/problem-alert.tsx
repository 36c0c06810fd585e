import { Alert, Button, Code, Group, List, Text } from '@mantine/core';
import { RotateCcw, TriangleAlert } from 'lucide-react';
import { toProblem, type ProblemError } from '../api/problem';

interface ProblemAlertProps {
  readonly error: unknown;
  /** What was not done: “The subscription was not saved”. Left out: the problem's own title. */
  readonly title?: string;
  /** Shown as a button. */
  readonly onRetry?: () => void;
}

/** An error with what to do about it. What was typed is where it was: nothing is cleared by it. */
export function ProblemAlert({ error, title, onRetry }: ProblemAlertProps) {
  const problem = toProblem(error);
  return (
    <Alert
      role="alert"
      variant="outline"
      color="red"
      icon={<TriangleAlert size={18} aria-hidden />}
      title={title ?? problem.title}
      styles={{
        root: { background: 'var(--ni-bad-ground)', borderColor: 'var(--ni-bad-mark)' },
        title: { color: 'var(--ni-bad)' },
        icon: { color: 'var(--ni-bad)' },
        message: { color: 'var(--mantine-color-text)' },
      }}
    >
      <Text size="sm">{problem.detail}</Text>
      {problem.fields.length > 0 && (
        <List size="sm" mt={6}>
          {problem.fields.map(({ field, message }) => (
            <List.Item key={field + message}>
              <Code>{field}</Code> {message}
            </List.Item>
          ))}
        </List>
      )}
      <Hint problem={problem} />
      {onRetry && (
        <Group mt="sm">
          <Button
            size="xs"
            variant="default"
            leftSection={<RotateCcw size={14} aria-hidden />}
            onClick={onRetry}
          >
            Try again
          </Button>
        </Group>
      )}
    </Alert>
  );
}

function Hint({ problem: { status, errorId } }: { readonly problem: ProblemError }) {
  const hint = hintOf(status);
  if (hint === null && errorId === null) return null;
  return (
    <Text size="sm" mt={6}>
      {hint} {errorId !== null && <Code>{errorId}</Code>}
    </Text>
  );
}

const HINTS: Readonly<Record<number, string>> = {
  401: 'Your session has ended: sign in again, what you typed stays here.',
  403: 'Ask whoever gives out rights for integration.manage.',
  404: 'It may have been deleted, or removed by retention.',
  409: 'It has changed meanwhile: reload it and look at what is different.',
  429: 'Wait a moment before the next try.',
};

function hintOf(status: number | null): string | null {
  return (status !== null && HINTS[status]) || null;
}
