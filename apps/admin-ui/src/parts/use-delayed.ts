import { useEffect, useState } from 'react';

/** True once `isActive` has held for a while: what is over sooner should not flicker. */
export function useDelayed(isActive: boolean, afterMs = 300): boolean {
  const [isLong, setLong] = useState(false);
  useEffect(() => {
    if (!isActive) return undefined;
    const timer = setTimeout(() => setLong(true), afterMs);
    return () => {
      clearTimeout(timer);
      setLong(false);
    };
  }, [isActive, afterMs]);
  return isActive && isLong;
}
