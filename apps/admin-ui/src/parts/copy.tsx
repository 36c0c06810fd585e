import { ActionIcon, Button, Tooltip } from '@mantine/core';
import { useClipboard } from '@mantine/hooks';
import { Check, Copy as CopyIcon } from 'lucide-react';

interface CopyProps {
  readonly text: string;
  /** What is copied: “delivery id”, “as curl”. */
  readonly what: string;
  /** A button with words, where there is room. */
  readonly withLabel?: string;
}

export function Copy({ text, what, withLabel }: CopyProps) {
  const { copied, copy } = useClipboard({ timeout: 1_500 });
  const icon = copied ? <Check size={14} aria-hidden /> : <CopyIcon size={14} aria-hidden />;
  const status = (
    <span className="visually-hidden" role="status">
      {copied ? 'Copied' : ''}
    </span>
  );
  if (withLabel !== undefined) {
    return (
      <>
        <Button size="xs" variant="default" leftSection={icon} onClick={() => copy(text)}>
          {copied ? 'Copied' : withLabel}
        </Button>
        {status}
      </>
    );
  }
  return (
    <>
      <Tooltip label={copied ? 'Copied' : `Copy ${what}`}>
        <ActionIcon
          size="sm"
          variant="subtle"
          color="gray"
          c="dimmed"
          aria-label={`Copy ${what}`}
          onClick={() => copy(text)}
        >
          {icon}
        </ActionIcon>
      </Tooltip>
      {status}
    </>
  );
}
