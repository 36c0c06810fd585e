import { randomBytes } from 'node:crypto';

/** What the browser's side is told with the document; it asks the API for everything else. */
export interface UiSettings {
  readonly actor: string | null;
  readonly canManage: boolean;
  /** Who sees one tenant alone has no business with what is the installation's. */
  readonly seesAllTenants: boolean;
  readonly signIn: string | null;
}

export interface UiPage {
  readonly html: string;
  readonly headers: readonly (readonly [name: string, value: string])[];
}

/**
 * The way from a page's address back to the UI's root, as a relative reference: so it holds under the
 * host's prefix, and under that of a proxy which the app never hears of.
 * @param segmentsBelowRoot `null`: at the root itself, without the slash at its end
 */
export function wayToRoot(segmentsBelowRoot: readonly string[] | null): string {
  if (segmentsBelowRoot === null) return './ui/';
  return '../'.repeat(segmentsBelowRoot.length - 1) || './';
}

export function uiPage(document: string, root: string, settings: UiSettings): UiPage {
  const nonce = newNonce();
  return {
    html: document
      .replaceAll('="./assets/', `="${root}assets/`)
      .replaceAll('%NONCE%', nonce)
      .replaceAll('%ROOT%', root)
      .replaceAll('%SETTINGS%', () => attribute(JSON.stringify(settings))),
    headers: headersWith(nonce),
  };
}

export interface Notice {
  readonly title: string;
  readonly text: string;
  readonly link: { readonly text: string; readonly to: string } | null;
}

/** A page that stands alone: it needs no script and no asset. */
export function noticePage({ title, text, link }: Notice): UiPage {
  const nonce = newNonce();
  const anchor = link ? `<p><a href="${attribute(link.to)}">${attribute(link.text)}</a></p>` : '';
  return {
    html: `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${attribute(title)} · Integrations</title>
<style nonce="${nonce}">
:root { color-scheme: light dark; }
body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: light-dark(#f6f7f9, #14171c); color: light-dark(#1c2128, #e6e9ee); font: 16px/1.55 system-ui, sans-serif; }
main { max-width: 28rem; margin: 1.5rem; padding: 2rem; border: 1px solid light-dark(#dfe3e8, #2c323b); border-radius: 12px; background: light-dark(#fff, #1b1f26); }
h1 { margin: 0 0 .5rem; font-size: 1.25rem; }
p { margin: 0; }
p + p { margin-top: 1.25rem; }
a { display: inline-block; padding: .5rem 1rem; border-radius: 8px; background: #3b5bdb; color: #fff; font-weight: 600; text-decoration: none; }
a:focus-visible { outline: 2px solid #748ffc; outline-offset: 2px; }
</style>
</head>
<body><main><h1>${attribute(title)}</h1><p>${attribute(text)}</p>${anchor}</main></body>
</html>
`,
    headers: headersWith(nonce),
  };
}

/** Escaped for an attribute, and so for text as well. */
function attribute(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

function newNonce(): string {
  return randomBytes(16).toString('base64');
}

/** Instead of the API's: a page that runs its own scripts, and nothing that came from elsewhere. */
function headersWith(nonce: string): UiPage['headers'] {
  return [
    ['Content-Type', 'text/html; charset=utf-8'],
    [
      'Content-Security-Policy',
      [
        "default-src 'none'",
        `script-src 'self' 'nonce-${nonce}'`,
        `style-src 'self' 'nonce-${nonce}'`,
        "font-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
      ].join('; '),
    ],
    ['Cross-Origin-Opener-Policy', 'same-origin'],
  ];
}
