import { Column, Entity, PrimaryColumn } from 'typeorm';

@Entity({ name: 'integration_connections' })
export class ConnectionEntity {
  @PrimaryColumn('uuid')
  id: string;

  @Column('text', { default: '' })
  tenant: string;

  @Column('text')
  name: string;

  @Column('text')
  provider: string;

  /** Its secrets encrypted. */
  @Column('json')
  config: unknown;

  @Column('integer', { name: 'config_version' })
  configVersion: number;

  /** Why it can't be used as it is stored; null: it can, as far as is known. */
  @Column('text', { name: 'config_problem', nullable: true })
  configProblem: string | null;

  @Column('integer', { default: 1 })
  revision: number;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;

  @Column('timestamptz', { name: 'updated_at' })
  updatedAt: Date;
}
