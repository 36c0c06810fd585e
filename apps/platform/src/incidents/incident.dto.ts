import { IsIn, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';
import { SEVERITIES, type Incident } from './incident.js';

export class CreateIncident {
  @IsString()
  @IsNotEmpty()
  @MaxLength(300)
  title: string;

  @IsIn(SEVERITIES)
  severity: Incident['severity'];

  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(100)
  systemName?: string;
}

export class UpdateIncident {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(300)
  title?: string;

  @IsOptional()
  @IsIn(SEVERITIES)
  severity?: Incident['severity'];
}
