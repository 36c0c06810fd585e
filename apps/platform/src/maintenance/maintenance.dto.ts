import { IsLine } from '../requests/is-line.decorator.js';
import { IsMoment } from '../requests/is-moment.decorator.js';
import { MayBeLeftOut } from '../requests/may-be-left-out.decorator.js';

export class PlanMaintenance {
  @IsLine(300)
  title: string;

  @IsMoment()
  plannedFrom: string;

  @IsMoment()
  plannedTo: string;
}

export class UpdateMaintenance {
  @MayBeLeftOut()
  @IsLine(300)
  title?: string;

  @MayBeLeftOut()
  @IsMoment()
  plannedFrom?: string;

  @MayBeLeftOut()
  @IsMoment()
  plannedTo?: string;
}
