import { IsISO8601, IsNotEmpty, IsOptional, IsString, MaxLength } from 'class-validator';

export class PlanMaintenance {
  @IsString()
  @IsNotEmpty()
  @MaxLength(300)
  title: string;

  @IsISO8601({ strict: true })
  plannedFrom: string;

  @IsISO8601({ strict: true })
  plannedTo: string;
}

export class UpdateMaintenance {
  @IsOptional()
  @IsString()
  @IsNotEmpty()
  @MaxLength(300)
  title?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  plannedFrom?: string;

  @IsOptional()
  @IsISO8601({ strict: true })
  plannedTo?: string;
}
