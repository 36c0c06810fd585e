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
