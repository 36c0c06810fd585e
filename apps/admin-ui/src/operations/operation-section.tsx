import { Paper, Title } from '@mantine/core';
import { useId, type ReactNode } from 'react';
import { Pending } from '../parts/pending';
import { ProblemAlert } from '../parts/problem-alert';

interface OperationSectionProps {
  readonly title: string;
  readonly query: { readonly error: unknown; readonly isPending: boolean; refetch(): unknown };
  readonly children: ReactNode;
}

/** A part of a screen that waits and fails by itself: what one may not see does not hide the others. */
export function OperationSection({ title, query, children }: OperationSectionProps) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Title order={2} id={id} mb="xs">
        {title}
      </Title>
      {Boolean(query.error) && (
        <ProblemAlert error={query.error} onRetry={() => void query.refetch()} />
      )}
      {query.isPending && <Pending label={`${title} loads`} lines={3} />}
      {children && <Paper p="md">{children}</Paper>}
    </section>
  );
}
