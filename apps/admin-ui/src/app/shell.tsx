import { ActionIcon, AppShell, Burger, Group, Kbd, Tooltip, UnstyledButton } from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { spotlight } from '@mantine/spotlight';
import { Search } from 'lucide-react';
import { useEffect, useRef } from 'react';
import { NavLink, Outlet, ScrollRestoration, useLocation, useNavigation } from 'react-router';
import { LiveProvider } from '../live/live.provider';
import { LiveSwitch } from '../live/live-switch';
import { useDelayed } from '../parts/use-delayed';
import { areas } from './areas';
import { ColorSchemeSwitch } from './color-scheme-switch';
import { CommandPalette } from './command-palette';
import classes from './shell.module.css';
import { SignedOutNotice } from './signed-out-notice';
import { useSearchKey } from './use-search-key';

/** What stays while screens come and go. */
export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure();
  const { pathname } = useLocation();
  const main = useRef<HTMLElement>(null);
  const shown = useRef(pathname);
  useSearchKey();

  // A new screen is read from its start, not from the link that led to it.
  useEffect(() => {
    if (shown.current === pathname) return;
    shown.current = pathname;
    close();
    main.current?.focus({ preventScroll: true });
  }, [pathname, close]);

  return (
    <LiveProvider>
      <a href="#main" className={classes.skip}>
        Skip to the content
      </a>
      <CommandPalette />
      <AppShell
        header={{ height: 52 }}
        navbar={{ width: 208, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
        padding={{ base: 'sm', sm: 'lg' }}
      >
        <AppShell.Header className={classes.header}>
          <Group h="100%" px="md" justify="space-between" wrap="nowrap" gap="xs">
            <Group gap="xs" wrap="nowrap">
              <Burger
                opened={isOpen}
                onClick={toggle}
                hiddenFrom="sm"
                size="sm"
                aria-label={isOpen ? 'Close the navigation' : 'Open the navigation'}
              />
              <NavLink to="/" className={classes.brand}>
                <Mark />
                Integrations
              </NavLink>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <UnstyledButton className={classes.palette} onClick={spotlight.open} visibleFrom="sm">
                <Search size={14} aria-hidden />
                <span>Go to…</span>
                <Kbd size="xs">Ctrl K</Kbd>
              </UnstyledButton>
              <Tooltip label="Go to…">
                <ActionIcon
                  hiddenFrom="sm"
                  variant="default"
                  size="md"
                  aria-label="Go to…"
                  onClick={spotlight.open}
                >
                  <Search size={16} aria-hidden />
                </ActionIcon>
              </Tooltip>
              <LiveSwitch />
              <ColorSchemeSwitch />
            </Group>
          </Group>
          <Progress />
        </AppShell.Header>
        <AppShell.Navbar p="xs" className={classes.navbar} aria-label="Areas">
          {areas.map(({ label, icon: Icon, path }) => (
            <NavLink key={path} to={`/${path}`} end={path === ''} className={classes.link}>
              <Icon size={17} strokeWidth={1.9} aria-hidden />
              {label}
            </NavLink>
          ))}
        </AppShell.Navbar>
        <AppShell.Main id="main" ref={main} tabIndex={-1} className={classes.main}>
          <div className={classes.content}>
            <SignedOutNotice />
            <Outlet />
          </div>
        </AppShell.Main>
      </AppShell>
      <ScrollRestoration />
    </LiveProvider>
  );
}

function Progress() {
  const isLong = useDelayed(useNavigation().state !== 'idle');
  return isLong ? (
    <div className={classes.progress} role="progressbar" aria-label="Loading" />
  ) : null;
}

function Mark() {
  return (
    <svg width="22" height="22" viewBox="0 0 32 32" aria-hidden>
      <rect width="32" height="32" rx="8" fill="#4263eb" />
      <path
        d="M9 10v4a6 6 0 0 0 6 6h8m-4-4 4 4-4 4"
        fill="none"
        stroke="white"
        strokeWidth="2.6"
        strokeLinecap="round"
        strokeLinejoin="round"
      />
    </svg>
  );
}
