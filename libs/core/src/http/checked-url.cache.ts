import {
  checkUrl,
  isUrlProblem,
  type CheckedUrl,
  type UrlProblem,
  type UrlRules,
} from './url-check.js';

const MAX_URLS = 10_000;
/** Longer ones are checked each time: a cache of them could grow large. */
const MAX_LENGTH = 2_048;

/** Checks a URL once: the same few are called again and again. Bounded, the oldest goes first. */
export class CheckedUrlCache {
  private readonly urls = new Map<string, CheckedUrl>();

  constructor(private readonly rules: UrlRules) {}

  check(input: string | URL): CheckedUrl | UrlProblem {
    const key = typeof input === 'string' ? input : input.href;
    return this.urls.get(key) ?? this.checked(key);
  }

  private checked(url: string): CheckedUrl | UrlProblem {
    const result = checkUrl(url, this.rules);
    if (isUrlProblem(result) || url.length > MAX_LENGTH) return result;
    if (this.urls.size >= MAX_URLS) this.forgetOldest();
    this.urls.set(url, result);
    return result;
  }

  private forgetOldest(): void {
    for (const oldest of this.urls.keys()) {
      this.urls.delete(oldest);
      return;
    }
  }
}
