import { Button, Group, Modal, Text } from '@mantine/core';
import { useEffect, type RefObject } from 'react';
import { useBlocker } from 'react-router';

interface LeaveGuardProps {
  readonly isDirty: boolean;
  /** Set once all is saved: then nobody is asked. */
  readonly isSaved: RefObject<boolean>;
  readonly onDiscard?: () => void;
}

/** Asks before another page, or the end of the tab, takes what is not saved yet. */
export function LeaveGuard({ isDirty, isSaved, onDiscard }: LeaveGuardProps) {
  useLeaveWarning(isDirty);
  const blocker = useBlocker(
    ({ currentLocation, nextLocation }) =>
      isDirty && !isSaved.current && currentLocation.pathname !== nextLocation.pathname,
  );
  const stay = () => blocker.reset?.();
  return (
    <Modal opened={blocker.state === 'blocked'} onClose={stay} title="Leave without saving?">
      <Text size="sm">What you changed here is not saved yet.</Text>
      <Group justify="flex-end" mt="md">
        <Button
          variant="default"
          onClick={() => {
            onDiscard?.();
            blocker.proceed?.();
          }}
        >
          Discard the changes
        </Button>
        <Button onClick={stay} data-autofocus>
          Stay here
        </Button>
      </Group>
    </Modal>
  );
}

function useLeaveWarning(isDirty: boolean): void {
  useEffect(() => {
    if (!isDirty) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', warn);
    return () => window.removeEventListener('beforeunload', warn);
  }, [isDirty]);
}
