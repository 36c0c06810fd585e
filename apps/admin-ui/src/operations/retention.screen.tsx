import { mounted } from '../api/mounted';
import { OperationTabs } from './operation-tabs';
import { Screen } from '../parts/screen';
import { Erasures } from './erasures';
import { RetentionSettings } from './retention-settings';
import { SecretKeys } from './secret-keys';

/** How long what happened is kept, what was erased before its time, and the keys of secrets. */
export function Component() {
  return (
    <Screen title="Operations" description="What goes on behind the deliveries.">
      <OperationTabs tab="retention" />
      {mounted.seesAllTenants && <RetentionSettings />}
      <Erasures />
      {mounted.seesAllTenants && <SecretKeys />}
    </Screen>
  );
}
