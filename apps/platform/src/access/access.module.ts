import { Module, type DynamicModule } from '@nestjs/common';
import { AdminSessions } from './admin-sessions.js';
import { SessionController } from './session.controller.js';
import { SessionCookie } from './session-cookie.js';
import { SignInController } from './sign-in.controller.js';

@Module({ controllers: [SessionController, SignInController] })
export class AccessModule {
  static with(sessions: AdminSessions, cookie: SessionCookie): DynamicModule {
    return {
      module: AccessModule,
      providers: [
        { provide: AdminSessions, useValue: sessions },
        { provide: SessionCookie, useValue: cookie },
      ],
    };
  }
}
