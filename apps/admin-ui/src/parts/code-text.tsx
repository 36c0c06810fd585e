import { Copy } from './copy';
import classes from './json-view.module.css';

interface CodeTextProps {
  readonly text: string;
  /** What it is, for screen readers and the copy button. */
  readonly label: string;
}

/** Code to read and copy. */
export function CodeText({ text, label }: CodeTextProps) {
  return (
    <div className={classes.frame}>
      <div className={classes.copy}>
        <Copy text={text} what={label} />
      </div>
      <pre className={classes.text} tabIndex={0} aria-label={label}>
        {text}
      </pre>
    </div>
  );
}
