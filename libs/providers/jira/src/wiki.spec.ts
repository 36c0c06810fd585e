import { describe, expect, it } from 'vitest';
import { jsonToWiki, textToWiki } from './wiki.js';

describe('wiki markup', () => {
  it.each([
    ['*bold* _em_ +ins+', String.raw`\*bold\* \_em\_ \+ins\+`],
    ['{color:red} [~admin]', String.raw`\{color:red\} \[\~admin\]`],
    ['!img! |cell|', String.raw`\!img\! \|cell\|`],
    ['- item\n# one', '\\- item\n\\# one'],
    ['h1. Title\nbq. said', '\u2060h1. Title\n\u2060bq. said'],
    ['a -struck- b -- c', String.raw`a \-struck\- b \-\- c`],
    [String.raw`C:\dir\\x \{`, 'C:\\\u2060dir\\\u2060\\\u2060x \\\u2060\\{'],
    ['??cite??', '?\u2060?cite?\u2060?'],
    ['(x) :) (yes) well-known 2026-01-02', '(\u2060x) :\u2060) (yes) well-known 2026-01-02'],
  ])('shows %j as it is', (text, escaped) => {
    expect(textToWiki(text)).toBe(escaped);
  });

  it('leaves URLs what they are', () => {
    expect(textToWiki('see https://acme.example/a_b-c?d=*e* and {x}')).toBe(
      String.raw`see https://acme.example/a_b-c?d=\*e\* and \{x\}`,
    );
  });

  it('has no value end a block of code', () => {
    expect(jsonToWiki('{"a":"{code}h1. x"}')).toBe('{code:json}\n{"a":"{ code}h1. x"}\n{code}');
  });
});
