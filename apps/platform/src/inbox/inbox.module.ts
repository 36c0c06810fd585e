import { Module } from '@nestjs/common';
import { DemoSubscription } from './demo-subscription.js';
import { InboxController } from './inbox.controller.js';
import { InboxService } from './inbox.service.js';

@Module({
  controllers: [InboxController],
  providers: [InboxService, DemoSubscription],
})
export class InboxModule {}
