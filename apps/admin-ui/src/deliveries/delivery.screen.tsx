import { useParams } from 'react-router';
import { Screen } from '../parts/screen';

export function Component() {
  const { id = '' } = useParams();
  return (
    <Screen title={id} parent={{ label: 'Deliveries', to: '/deliveries' }}>
      {null}
    </Screen>
  );
}
