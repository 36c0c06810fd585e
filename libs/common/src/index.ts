export * from './cut-text.js';
export * from './delivery-limits.js';
export * from './delivery-state.js';
export * from './event-pattern.js';
export * from './ids.js';
export * from './retry-policy.js';
export * from './ui-hints.js';
