import type { SignInEnd } from '@nest-integrations/core';

/** What a browser is answered in the end: text for a human, no script, nothing loaded. */
export function signInPage(end: SignInEnd): string {
  return end.ok
    ? page('Signed in', 'The connection can be used. This window can be closed.')
    : page('Not signed in', end.reason);
}

/** Asks the browser to come again by itself, and so with the cookies of this site. */
export function comeAgainPage(): string {
  return page('Signing in', 'One moment …');
}

function page(title: string, text: string): string {
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p></html>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
