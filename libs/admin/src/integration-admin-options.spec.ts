import { describe, expect, it } from 'vitest';
import { resolvePath } from './integration-admin-options.js';

describe('resolvePath', () => {
  it.each([
    [undefined, '/admin/integrations'],
    ['/admin/x', '/admin/x'],
    ['admin/x/', '/admin/x'],
  ])('mounts %s at %s', (path, mount) => {
    expect(resolvePath(path)).toBe(mount);
  });

  it.each(['/', '', '/:tenant/x', '/a/*rest', '/a b'])('refuses %j', (path) => {
    expect(() => resolvePath(path)).toThrow('must be plain segments');
  });
});
