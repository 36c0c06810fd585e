import { Button, Group } from '@mantine/core';
import { notifications } from '@mantine/notifications';
import { Check, TriangleAlert } from 'lucide-react';
import { toProblem } from '../api/problem';

export function succeeded(title: string, message?: string): void {
  notifications.show({
    title,
    message: message ?? '',
    color: 'green',
    icon: <Check size={16} aria-hidden />,
    withBorder: true,
  });
}

/** Time to read it, and to think again. */
const UNDO_WITHIN_MS = 15_000;

/** Done, and can be taken back for a while. */
export function succeededWithUndo(title: string, message: string, undo: () => void): void {
  const id = notifications.show({
    title,
    message: (
      <Group justify="space-between" gap="xs">
        {message}
        <Button
          size="compact-xs"
          variant="default"
          onClick={() => {
            notifications.hide(id);
            undo();
          }}
        >
          Undo
        </Button>
      </Group>
    ),
    color: 'green',
    icon: <Check size={16} aria-hidden />,
    autoClose: UNDO_WITHIN_MS,
    withBorder: true,
  });
}

/** Done in part: stays until it is read. */
export function warned(title: string, message: string): void {
  notifications.show({
    title,
    message,
    color: 'yellow',
    icon: <TriangleAlert size={16} aria-hidden />,
    autoClose: false,
    withBorder: true,
    role: 'alert',
  });
}

/** Stays until it is read. */
export function failed(title: string, error: unknown): void {
  notifications.show({
    title,
    message: toProblem(error).detail,
    color: 'red',
    icon: <TriangleAlert size={16} aria-hidden />,
    autoClose: false,
    withBorder: true,
    role: 'alert',
  });
}
