/** TypeORM data source of the admin side: entities, migrations. */
export const INTEGRATION_DATA_SOURCE = 'nest-integrations:data-source';
/** `pg` pool of the hot path: accepting, leasing, recording speak SQL in batches through it. */
export const INTEGRATION_POOL = 'nest-integrations:pool';
