import { Screen } from '../parts/screen';

export function Component() {
  return <Screen title="Overview">{null}</Screen>;
}
