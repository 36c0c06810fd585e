import { Column, Entity, PrimaryColumn } from 'typeorm';

/** A row of the app's own: the engine knows nothing of it. */
@Entity({ name: 'platform_systems' })
export class SystemEntity {
  @PrimaryColumn('text')
  id: string;

  @Column('text', { unique: true })
  name: string;

  @Column('text')
  owner: string;

  @Column('timestamptz', { name: 'created_at' })
  createdAt: Date;
}
