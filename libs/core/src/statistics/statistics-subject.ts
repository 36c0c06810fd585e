/** What statistics are kept for: all, a tenant, a subscription. */
export const ALL = 'all';

export function subjectOfTenant(tenant: string): string {
  return `tenant:${tenant}`;
}

export function subjectOfSubscription(id: string): string {
  return `subscription:${id}`;
}

/** The tenant or subscription of a subject. */
export function idOfSubject(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}
