import {
  Bell,
  BellRing,
  Braces,
  FileCode,
  Hash,
  Layers,
  ListOrdered,
  Mail,
  MessageCircle,
  MessagesSquare,
  Plug,
  Rabbit,
  SquareTerminal,
  Ticket,
  Users,
  Waypoints,
  Webhook,
  type LucideIcon,
} from 'lucide-react';

/** By the name that a provider gives. Marks of the services themselves are not ours to show. */
const ICONS: Readonly<Record<string, LucideIcon>> = {
  bell: Bell,
  discord: MessagesSquare,
  email: Mail,
  jira: Ticket,
  kafka: Waypoints,
  mail: Mail,
  opsgenie: BellRing,
  pagerduty: BellRing,
  queue: ListOrdered,
  rabbitmq: Rabbit,
  script: Braces,
  shell: SquareTerminal,
  slack: Hash,
  sqs: Layers,
  teams: Users,
  terminal: SquareTerminal,
  code: FileCode,
  ticket: Ticket,
  webex: MessageCircle,
  webhook: Webhook,
};

interface ProviderIconProps {
  readonly icon: string | null;
  readonly size?: number;
}

export function ProviderIcon({ icon, size = 16 }: ProviderIconProps) {
  const Icon = (icon !== null && ICONS[icon]) || Plug;
  return <Icon size={size} strokeWidth={1.8} aria-hidden style={{ flex: 'none' }} />;
}
