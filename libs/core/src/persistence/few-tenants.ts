import type { DataSource } from 'typeorm';

const FEW = 50;

/**
 * The tenants that have rows in a table whose index begins with the tenant, where they are few: a
 * caller who sees all of them can then be answered from that index. Null: they are many. `table` is
 * trusted.
 */
export async function fewTenants(dataSource: DataSource, table: string): Promise<string[] | null> {
  const rows: { tenant: string }[] = await dataSource.query(
    `WITH RECURSIVE found(tenant, n) AS (
       (SELECT t.tenant, 1 FROM ${table} t ORDER BY t.tenant LIMIT 1)
       UNION ALL
       SELECT next.tenant, found.n + 1 FROM found CROSS JOIN LATERAL (
         SELECT t.tenant FROM ${table} t WHERE t.tenant > found.tenant ORDER BY t.tenant LIMIT 1) next
       WHERE found.n <= ${FEW})
     SELECT tenant FROM found`,
  );
  return rows.length > FEW ? null : rows.map(({ tenant }) => tenant);
}
