import '@fontsource-variable/inter/index.css';
import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import '@mantine/spotlight/styles.css';
import './theme/tokens.css';
import { StrictMode } from 'react';
import { setNonce } from 'get-nonce';
import { createRoot } from 'react-dom/client';
import { mounted } from './api/mounted';
import { App } from './app/app';

// Dialogs write a style of their own, which keeps the page behind them from scrolling.
setNonce(mounted.nonce);

const root = document.getElementById('root');
if (!root) throw new Error('The document has no root');
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
