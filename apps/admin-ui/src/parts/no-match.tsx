import { Button } from '@mantine/core';
import { EmptyState } from './empty-state';

interface NoMatchProps {
  /** What the button says: “Show all events”. */
  readonly showAll: string;
  readonly onShowAll: () => void;
}

/** A list that its filters leave empty, and the way back. */
export function NoMatch({ showAll, onShowAll }: NoMatchProps) {
  return (
    <EmptyState
      title="Nothing fits these filters"
      action={
        <Button variant="default" size="xs" onClick={onShowAll}>
          {showAll}
        </Button>
      }
    >
      There may be more without them.
    </EmptyState>
  );
}
