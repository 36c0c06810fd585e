import { Copy } from './copy';
import { highlighted } from './json-highlight';
import classes from './json-view.module.css';

interface JsonViewProps {
  /** Any JSON value, or the text of one. */
  readonly value: unknown;
  /** What it is, for screen readers and the copy button: “payload”. */
  readonly label: string;
  readonly maxHeight?: number;
}

/** JSON to read and copy; text that is no JSON is shown as it is. */
export function JsonView({ value, label, maxHeight = 420 }: JsonViewProps) {
  const text = typeof value === 'string' ? value : JSON.stringify(value, null, 2);
  return (
    <div className={classes.frame}>
      <div className={classes.copy}>
        <Copy text={text} what={label} />
      </div>
      <pre className={classes.text} style={{ maxHeight }} tabIndex={0} aria-label={label}>
        {highlighted(text).map(({ kind, text: part }, index) =>
          kind === null ? (
            part
          ) : (
            <span key={index} data-kind={kind}>
              {part}
            </span>
          ),
        )}
      </pre>
    </div>
  );
}

/** With two spaces where it is JSON; else unchanged. */
export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2);
  } catch {
    return text;
  }
}
