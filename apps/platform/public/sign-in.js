const byId = (id) => document.getElementById(id);

/** Only pages of this platform: an address of elsewhere is not gone to. */
function wantedPage() {
  const wanted = new URLSearchParams(location.search).get('return') ?? '/admin/integrations';
  const url = new URL(wanted, location.origin);
  return url.origin === location.origin ? url.href : '/admin/integrations';
}

async function signIn(token) {
  const button = byId('submit');
  button.disabled = true;
  byId('error').hidden = true;
  try {
    const response = await fetch('/session', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ token }),
    });
    if (response.ok) {
      location.replace(wantedPage());
      return;
    }
    const { title } = await response.json();
    throw new Error(title);
  } catch (error) {
    byId('error').textContent = `${error.message}.`;
    byId('error').hidden = false;
    byId('token').focus();
  } finally {
    button.disabled = false;
  }
}

byId('form').addEventListener('submit', (event) => {
  event.preventDefault();
  void signIn(byId('token').value);
});

// The banner's link carries the token behind the `#`, which no server and no log gets to see.
const given = decodeURIComponent(location.hash.slice(1));
if (given !== '') {
  history.replaceState(null, '', location.pathname + location.search);
  byId('token').value = given;
  void signIn(given);
}
