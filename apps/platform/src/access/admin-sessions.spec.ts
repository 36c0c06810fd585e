import { describe, expect, it } from 'vitest';
import { AdminSessions } from './admin-sessions.js';
import { SessionCookie } from './session-cookie.js';

const now = new Date('2026-11-23T10:00:00Z');
const later = (ms: number) => new Date(now.getTime() + ms);

describe('a session', () => {
  const sessions = new AdminSessions('a-token-that-is-long');
  const session = sessions.begin(now);

  it('is begun with the token alone', () => {
    expect(sessions.isToken('a-token-that-is-long')).toBe(true);
    expect(sessions.isToken('a-token-that-is-lon')).toBe(false);
    expect(sessions.isToken('')).toBe(false);
  });

  it('holds until its end, also after a restart', () => {
    const restarted = new AdminSessions('a-token-that-is-long');
    expect(restarted.endOf(session, later(sessions.lifeMs - 1))).toEqual(later(sessions.lifeMs));
    expect(restarted.endOf(session, later(sessions.lifeMs))).toBeNull();
  });

  it('ends with the token', () => {
    expect(new AdminSessions('another-token-that-is').endOf(session, now)).toBeNull();
  });

  it('can’t be made longer, or up', () => {
    const [end = '', signature = ''] = session.split('.');
    for (const forged of [
      `${Number(end) + 1}.${signature}`,
      `${end}.${signature.slice(0, -1)}_`,
      `${end}.`,
      end,
      '',
      'null',
    ]) {
      expect(sessions.endOf(forged, now)).toBeNull();
    }
  });
});

describe('the session’s cookie', () => {
  it('is found among others, by its whole name', () => {
    const cookie = new SessionCookie(false);
    expect(cookie.valueIn('a=b; nest-integrations=x.y=; c=d')).toBe('x.y=');
    expect(cookie.valueIn('other-nest-integrations=x')).toBe('');
    expect(cookie.valueIn(undefined)).toBe('');
  });

  it('is kept from scripts and other sites, and in production from plain HTTP', () => {
    expect(new SessionCookie(false).options).toMatchObject({ httpOnly: true, sameSite: 'strict' });
    expect(new SessionCookie(true)).toMatchObject({
      name: expect.stringMatching(/^__Host-/),
      options: { secure: true, path: '/' },
    });
  });
});
