import { Injectable } from '@nestjs/common';

export type EnginePhase = 'starting' | 'running' | 'stopping';

/** Where this process's engine stands in its life; the lifecycle moves it. */
@Injectable()
export class EngineState {
  phase: EnginePhase = 'starting';
}
