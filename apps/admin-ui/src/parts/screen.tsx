import { Group, Stack, Text, Title } from '@mantine/core';
import { useEffect, type ReactNode } from 'react';
import { Link } from 'react-router';
import classes from './screen.module.css';

interface ScreenProps {
  /** The only `h1`, and the document's title. */
  readonly title: string;
  readonly description?: ReactNode;
  /** The way up: `{ label: 'Deliveries', to: '/deliveries' }`. */
  readonly parent?: { readonly label: string; readonly to: string };
  /** Beside the title: a badge. */
  readonly badge?: ReactNode;
  /** Buttons at the right. */
  readonly actions?: ReactNode;
  readonly children: ReactNode;
}

/** What every screen has at its head. */
export function Screen({ title, description, parent, badge, actions, children }: ScreenProps) {
  useEffect(() => {
    document.title = `${title} · Integrations`;
  }, [title]);
  return (
    <Stack gap="md">
      <div>
        {parent && (
          <Link to={parent.to} className={classes.parent}>
            {parent.label}
          </Link>
        )}
        <Group justify="space-between" align="center" gap="sm">
          <Group gap="sm" align="center" className={classes.heading}>
            <Title order={1} className={classes.title}>
              {title}
            </Title>
            {badge}
          </Group>
          {actions && <Group gap="xs">{actions}</Group>}
        </Group>
        {description && (
          <Text size="sm" c="dimmed" mt={2} component="div">
            {description}
          </Text>
        )}
      </div>
      {children}
    </Stack>
  );
}
