import type { Provider, Type } from '@nestjs/common';
import { ProblemFilter } from '../problems/problem.filter.js';
import { BuiltUi } from './built-ui.js';
import { resolveUi, UI_OPTIONS, type UiOptions } from './ui-options.js';
import { UiController } from './ui.controller.js';

interface UiParts {
  readonly controllers: Type[];
  readonly providers: Provider[];
}

/** What the module adds for its pages; nothing where the host wants the API alone. */
export function uiParts(ui: boolean | UiOptions | undefined): UiParts {
  const options = resolveUi(ui);
  if (!options) return { controllers: [], providers: [] };
  return {
    controllers: [UiController],
    providers: [
      { provide: UI_OPTIONS, useValue: options },
      { provide: BuiltUi, useFactory: () => new BuiltUi() },
      ProblemFilter,
    ],
  };
}
