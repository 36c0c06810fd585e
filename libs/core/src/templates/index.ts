export { Template, type TemplateScope, type TemplateVariable } from './template.js';
export {
  templateProblems,
  unknownVariables,
  type TemplateExpectations,
} from './template-problems.js';
export {
  escapeMarkdown,
  escapeMrkdwn,
  keepJsonText,
  TEMPLATE_TARGETS,
  type TemplateTarget,
} from './template-target.js';
