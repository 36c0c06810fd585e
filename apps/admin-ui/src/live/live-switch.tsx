import { Button, Tooltip } from '@mantine/core';
import { Pause, Play, WifiOff } from 'lucide-react';
import { useLive } from './live.context';
import classes from './live-switch.module.css';

/** Whether the screen moves by itself, and the switch for it. */
export function LiveSwitch() {
  const { connection, isPaused, withheld, pause, resume } = useLive();
  if (isPaused) {
    return (
      <Tooltip label="Show what has changed, and go on">
        <Button
          size="xs"
          variant="light"
          leftSection={<Play size={14} aria-hidden />}
          onClick={resume}
        >
          Paused
          <span className={classes.detail}>
            {withheld > 0 ? ` · ${withheld > 99 ? '99+' : withheld} new` : ''}
          </span>
        </Button>
      </Tooltip>
    );
  }
  if (connection !== 'live') {
    return (
      <Tooltip label="The server’s live stream is not there; it is tried again by itself. Reload to see the latest.">
        <span className={classes.broken} role="status">
          <WifiOff size={14} aria-hidden />
          <span className={classes.detail}>
            {connection === 'connecting' ? 'Connecting' : 'Not live'}
          </span>
        </span>
      </Tooltip>
    );
  }
  return (
    <Tooltip label="What happens shows by itself. Pause to read in peace.">
      <Button
        size="xs"
        variant="default"
        leftSection={<span className={classes.pulse} aria-hidden />}
        rightSection={<Pause size={12} aria-hidden />}
        onClick={pause}
        aria-label="Live: pause"
      >
        Live
      </Button>
    </Tooltip>
  );
}
