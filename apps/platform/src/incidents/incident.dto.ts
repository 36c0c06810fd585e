import { IsIn } from 'class-validator';
import { IsLine } from '../requests/is-line.decorator.js';
import { MayBeLeftOut } from '../requests/may-be-left-out.decorator.js';
import { SEVERITIES, type Incident } from './incident.js';

export class CreateIncident {
  @IsLine(300)
  title: string;

  @IsIn(SEVERITIES)
  severity: Incident['severity'];

  @MayBeLeftOut()
  @IsLine(100)
  systemName?: string;
}

export class UpdateIncident {
  @MayBeLeftOut()
  @IsLine(300)
  title?: string;

  @MayBeLeftOut()
  @IsIn(SEVERITIES)
  severity?: Incident['severity'];
}
