import { Alert, Button, Group, Text } from '@mantine/core';
import { GitCompareArrows } from 'lucide-react';

interface ChangedMeanwhileProps {
  readonly onKeepMine: () => void;
  readonly onTakeTheirs: () => void;
}

/** Two have changed the same thing: whose change stays is for the later one to say. */
export function ChangedMeanwhile({ onKeepMine, onTakeTheirs }: ChangedMeanwhileProps) {
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
          <Button size="xs" variant="default" onClick={onTakeTheirs}>
            Drop mine, show theirs
          </Button>
          <Button size="xs" variant="default" onClick={onKeepMine}>
            Keep mine, replace theirs
          </Button>
        </Group>
      </Group>
    </Alert>
  );
}
