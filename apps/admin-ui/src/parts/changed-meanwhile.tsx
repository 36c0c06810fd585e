import { Alert, Button, Group, Text } from '@mantine/core';
import { GitCompareArrows } from 'lucide-react';

interface ChangedMeanwhileProps {
  readonly edited: { readonly keepMine: () => void; readonly takeTheirs: () => void };
  /** Before either is done. */
  readonly onDecide: () => void;
}

/** Two have changed the same thing: whose change stays is for the later one to say. */
export function ChangedMeanwhile({ edited, onDecide }: ChangedMeanwhileProps) {
  const decided = (act: () => void) => () => {
    onDecide();
    act();
  };
  return (
    <Alert
      role="alert"
      color="yellow"
      mb="xs"
      icon={<GitCompareArrows size={18} aria-hidden />}
      title="It was changed meanwhile, by someone else or in another tab"
    >
      <Group justify="space-between" gap="xs">
        <Text size="sm">What you typed is still here, and not saved.</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={decided(edited.takeTheirs)}>
            Drop mine, show theirs
          </Button>
          <Button size="xs" variant="default" onClick={decided(edited.keepMine)}>
            Keep mine, replace theirs
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}
