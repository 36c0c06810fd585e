import { Button, Code } from '@mantine/core';
import { Bug, WifiOff } from 'lucide-react';
import { useRouteError } from 'react-router';
import { EmptyState } from '../parts/empty-state';
import { Screen } from '../parts/screen';

/** A chunk did not come: the server is away, or serves another build by now. */
function isNotLoaded(error: unknown): boolean {
  return error instanceof Error && /import|module|preload/i.test(error.message);
}

export function ScreenError() {
  const error = useRouteError();
  const isMissing = isNotLoaded(error);
  return (
    <Screen title={isMissing ? 'This page did not load' : 'This page broke'}>
      <EmptyState
        icon={isMissing ? WifiOff : Bug}
        title={
          isMissing
            ? 'The server can’t be reached, or has newer pages'
            : 'Something is wrong in this page'
        }
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        {isMissing ? (
          'Check the connection, then reload.'
        ) : (
          <>
            Nothing was changed by it. Reload, or go to another page.
            <br />
            <Code>{error instanceof Error ? error.message : String(error)}</Code>
          </>
        )}
      </EmptyState>
    </Screen>
  );
}
