import { createTheme, type CSSVariablesResolver } from '@mantine/core';

export const theme = createTheme({
  fontFamily: "'Inter Variable', system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif",
  fontFamilyMonospace: "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace",
  primaryColor: 'indigo',
  colors: {
    // Cool, as our own greys are.
    dark: [
      '#d5dae1',
      '#a4adba',
      '#76808d',
      '#5a6472',
      '#39414d',
      '#2d333d',
      '#222730',
      '#1b1f26',
      '#14171c',
      '#0f1216',
    ],
  },
  primaryShade: { light: 8, dark: 8 },
  defaultRadius: 'md',
  cursorType: 'pointer',
  respectReducedMotion: true,
  headings: {
    fontWeight: '650',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.35' },
      h2: { fontSize: '1rem', lineHeight: '1.4' },
      h3: { fontSize: '0.875rem', lineHeight: '1.4' },
    },
  },
  components: {
    Tooltip: { defaultProps: { openDelay: 250, withinPortal: true } },
    Paper: { defaultProps: { withBorder: true, radius: 'md' } },
    Modal: { defaultProps: { centered: true, closeButtonProps: { 'aria-label': 'Close' } } },
    // Mantine's orange and yellow titles are too faint on their own grounds.
    Alert: { styles: { title: { color: 'var(--mantine-color-text)' } } },
    Notification: { defaultProps: { closeButtonProps: { 'aria-label': 'Close' } } },
  },
});

/** Mantine's own dimmed and placeholder greys are too faint to be read by everyone. */
export const cssVariables: CSSVariablesResolver = () => {
  const shared = {
    '--mantine-color-dimmed': 'var(--ni-soft)',
    '--mantine-color-placeholder': 'var(--ni-soft)',
    '--mantine-color-error': 'var(--ni-bad)',
    '--mantine-color-body': 'var(--ni-card)',
    '--mantine-color-default-border': 'var(--ni-line)',
  };
  return {
    variables: {},
    light: { ...shared, '--mantine-color-text': '#1c2128' },
    dark: {
      ...shared,
      '--mantine-color-text': '#e3e7ec',
      '--mantine-color-default': 'var(--ni-hover)',
    },
  };
};
