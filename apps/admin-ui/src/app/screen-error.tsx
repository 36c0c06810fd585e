import { Button, Code } from '@mantine/core';
import { Bug } from 'lucide-react';
import { useRouteError } from 'react-router';
import { EmptyState } from '../parts/empty-state';
import { Screen } from '../parts/screen';

/** A chunk of a build that is no longer served: reloading brings the new one. */
function isOutdated(error: unknown): boolean {
  return error instanceof TypeError && /import|module/i.test(error.message);
}

export function ScreenError() {
  const error = useRouteError();
  const isOld = isOutdated(error);
  return (
    <Screen title={isOld ? 'There is a newer version' : 'This page broke'}>
      <EmptyState
        icon={Bug}
        title={isOld ? 'The pages have been updated' : 'Something is wrong in this page'}
        action={<Button onClick={() => location.reload()}>Reload</Button>}
      >
        {isOld ? (
          'Reload to get the new ones.'
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
