/** A live delivery that a worker holds is being attempted. */
export const LEASED = 'coalesce(d.lease_until > now(), false)';
export const LIVE = `d.state IN ('pending', 'retrying')`;

/** What is read of a row `d` for admins: `DeliveryRow`. `schema` is trusted. */
export function deliveryColumns(schema: string): string {
  const ofSubscription = (column: string) =>
    `(SELECT s.${column} FROM ${schema}.integration_subscriptions s WHERE s.id = d.subscription_id)`;
  return `d.id, d.tenant, d.event_id, d.event_type, d.subscription_id, d.state, d.attempts,
    d.is_replay, d.due_at, d.finished_at, d.last_status, d.last_error, d.external_id, d.external_url,
    ${LEASED} AS leased, ${ofSubscription('name')} AS subscription_name,
    ${ofSubscription('provider')} AS provider`;
}
