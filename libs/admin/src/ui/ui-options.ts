export interface UiOptions {
  /**
   * The host's own sign-in page, as a path or URL: where someone who is not known is sent, with the
   * page they wanted in the parameter `return`. Left out: a page says that they have to sign in.
   */
  readonly signIn?: string;
}

export const UI_OPTIONS = 'nest-integrations:ui-options';

/** `null`: the API alone. */
export function resolveUi(ui: boolean | UiOptions = true): UiOptions | null {
  if (ui === false) return null;
  return ui === true ? {} : ui;
}
