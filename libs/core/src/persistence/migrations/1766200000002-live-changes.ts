import type { MigrationInterface, QueryRunner } from 'typeorm';
import { liveChannel } from '../notifications.js';
import { schemaOf } from '../schema-name.js';

/**
 * Changes of what admins look at are notified with their commit, whichever process makes them. Not
 * those of deliveries: these are many, and told by the processes while somebody looks.
 */
export class LiveChanges1766200000002 implements MigrationInterface {
  readonly name = 'LiveChanges1766200000002';

  async up(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    const notify = (fields: string) =>
      `PERFORM pg_notify('${liveChannel(s)}', json_build_object(${fields}, 'at', now())::text);`;
    const define = (name: string, body: string) =>
      runner.query(`CREATE FUNCTION ${s}.${name}() RETURNS trigger LANGUAGE plpgsql AS $$
        ${body} $$`);

    await define(
      'tell_subscription',
      `BEGIN IF TG_OP = 'DELETE' THEN
        ${notify(`'type', 'subscription', 'id', OLD.id, 'tenant', OLD.tenant, 'change', 'deleted'`)}
      ELSE
        ${notify(`'type', 'subscription', 'id', NEW.id, 'tenant', NEW.tenant, 'change',
          CASE WHEN TG_OP = 'INSERT' THEN 'created' WHEN OLD.enabled = NEW.enabled THEN 'changed'
            WHEN NEW.enabled THEN 'enabled' ELSE 'disabled' END`)}
      END IF; RETURN NULL; END`,
    );
    await runner.query(`CREATE TRIGGER integration_subscriptions_tell
      AFTER INSERT OR UPDATE OR DELETE ON ${s}.integration_subscriptions
      FOR EACH ROW EXECUTE FUNCTION ${s}.tell_subscription()`);

    await define(
      'tell_subscription_health',
      `DECLARE of_tenant text; BEGIN
        SELECT tenant INTO of_tenant FROM ${s}.integration_subscriptions WHERE id = NEW.subscription_id;
        IF FOUND THEN
        ${notify(`'type', 'subscription', 'id', NEW.subscription_id, 'tenant', of_tenant, 'change',
          CASE WHEN NEW.failing_since IS NULL THEN 'recovered' ELSE 'failing' END`)}
        END IF; RETURN NULL; END`,
    );
    await runner.query(`CREATE TRIGGER integration_subscription_health_tell_first
      AFTER INSERT ON ${s}.integration_subscription_health
      FOR EACH ROW WHEN (NEW.failing_since IS NOT NULL)
      EXECUTE FUNCTION ${s}.tell_subscription_health()`);
    await runner.query(`CREATE TRIGGER integration_subscription_health_tell
      AFTER UPDATE OF failing_since ON ${s}.integration_subscription_health
      FOR EACH ROW WHEN ((OLD.failing_since IS NULL) <> (NEW.failing_since IS NULL))
      EXECUTE FUNCTION ${s}.tell_subscription_health()`);

    await define(
      'tell_circuit',
      `DECLARE of_tenant text; BEGIN
        SELECT tenant INTO of_tenant FROM ${s}.integration_subscriptions WHERE id = NEW.subscription_id;
        IF FOUND THEN
        ${notify(`'type', 'subscription', 'id', NEW.subscription_id, 'tenant', of_tenant,
          'change', 'circuit'`)}
        END IF; RETURN NULL; END`,
    );
    await runner.query(`CREATE TRIGGER integration_subscription_gates_tell
      AFTER UPDATE OF circuit ON ${s}.integration_subscription_gates
      FOR EACH ROW WHEN (OLD.circuit <> NEW.circuit) EXECUTE FUNCTION ${s}.tell_circuit()`);

    await define(
      'tell_replay',
      `BEGIN
        ${notify(`'type', 'replay', 'id', NEW.id, 'tenant', NEW.tenant, 'state', NEW.state,
          'done', NEW.done, 'total', NEW.total`)}
      RETURN NULL; END`,
    );
    await runner.query(`CREATE TRIGGER integration_replays_tell_first
      AFTER INSERT ON ${s}.integration_replays
      FOR EACH ROW EXECUTE FUNCTION ${s}.tell_replay()`);
    await runner.query(`CREATE TRIGGER integration_replays_tell
      AFTER UPDATE OF state, done ON ${s}.integration_replays
      FOR EACH ROW WHEN (OLD.state <> NEW.state OR OLD.done <> NEW.done)
      EXECUTE FUNCTION ${s}.tell_replay()`);

    await define(
      'tell_connection',
      `BEGIN IF TG_OP = 'DELETE' THEN
        ${notify(`'type', 'connection', 'id', OLD.id, 'tenant', OLD.tenant, 'change', 'deleted'`)}
      ELSE
        ${notify(`'type', 'connection', 'id', NEW.id, 'tenant', NEW.tenant, 'change',
          CASE TG_OP WHEN 'INSERT' THEN 'created' ELSE 'changed' END`)}
      END IF; RETURN NULL; END`,
    );
    await runner.query(`CREATE TRIGGER integration_connections_tell
      AFTER INSERT OR UPDATE OR DELETE ON ${s}.integration_connections
      FOR EACH ROW EXECUTE FUNCTION ${s}.tell_connection()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    const s = schemaOf(runner.connection);
    for (const name of [
      'tell_subscription',
      'tell_subscription_health',
      'tell_circuit',
      'tell_replay',
      'tell_connection',
    ]) {
      // With its triggers.
      await runner.query(`DROP FUNCTION ${s}.${name}() CASCADE`);
    }
  }
}
