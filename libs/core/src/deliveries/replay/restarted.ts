/** What an update sets to begin a final delivery anew. Its attempts keep their numbers: history stays. */
export const RESTARTED = `state = 'pending', due_at = now(), lease_until = NULL, retries = 0,
  is_replay = true, finished_at = NULL, last_error = NULL, last_status = NULL`;
