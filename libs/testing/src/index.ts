export { Receiver, type Answer, type ReceivedRequest } from './receiver.js';
export { moveTime, type MoveTime } from './move-time.js';
export { describeProvider, type TestFunctions } from './provider-kit/describe-provider.js';
export type {
  OptionsSubject,
  OutcomeKind,
  ProviderSubject,
  ServiceSubject,
  Situation,
  SituationSubject,
  SubjectSetup,
} from './provider-kit/provider-subject.js';
export { AuthorizationServer, type AuthorizationServerClient } from './authorization-server.js';
export { oauthTokens } from './oauth-tokens.js';
export { FakeSlack, type SlackMessage } from './fakes/fake-slack.js';
export {
  FakeJira,
  type FakeJiraAccess,
  type JiraComment,
  type JiraIssue,
} from './fakes/fake-jira.js';
export { FakeTeams, type FakeTeamsAccess, type TeamsMessage } from './fakes/fake-teams.js';
