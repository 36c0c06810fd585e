import { Button } from '@mantine/core';
import { Compass } from 'lucide-react';
import { Link } from 'react-router';
import { EmptyState } from '../parts/empty-state';
import { Screen } from '../parts/screen';

export function NotFound() {
  return (
    <Screen title="Page not found">
      <EmptyState
        icon={Compass}
        title="There is nothing at this address"
        action={
          <Button component={Link} to="/" variant="default">
            To the overview
          </Button>
        }
      >
        The link may be old, or a part of it is missing. Ctrl-K finds every page.
      </EmptyState>
    </Screen>
  );
}
