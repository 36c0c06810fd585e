import { isOperational, OPERATIONAL_PREFIX } from '@nest-integrations/common';
import { Injectable } from '@nestjs/common';
import { DiscoveryService, MetadataScanner } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import { jsonSchemaOf } from '../schema/json-schema.js';
import { propertiesOf } from '../schema/property-list.js';
import { problemsOf } from '../schema/zod-problems.js';
import { eventIdOf } from './event-id.js';
import type { BoundEventType } from './event-type.js';
import { EventTypeRegistry } from './event-type.registry.js';
import type { IntegrationEventOptions } from './integration-event.decorator.js';
import { integrationEventOf } from './integration-event.metadata.js';
import { OperationalEvents } from './operational-events.js';
import { IntegrationFeature } from './integration-feature.module.js';

interface Declaration {
  readonly options: IntegrationEventOptions;
  readonly instance: object;
  readonly method: string;
  readonly owner: string;
  readonly namespace: string | undefined;
}

/** The only discoverer of `@IntegrationEvent`: one pass at start, then the registry closes. */
@Injectable()
export class EventTypeExplorer {
  constructor(
    private readonly discovery: DiscoveryService,
    private readonly scanner: MetadataScanner,
    private readonly registry: EventTypeRegistry,
  ) {}

  /** Registers all that are declared; returns what is wrong with them. */
  explore(): string[] {
    const problems: string[] = [];
    const seen = new Set<object>();
    for (const wrapper of this.discovery.getProviders()) {
      const owner = declaringClass(wrapper);
      if (wrapper.isAlias || !owner || seen.has(owner.prototype)) continue;
      const methods = this.scanner
        .getAllMethodNames(owner.prototype)
        .filter((method) => integrationEventOf(owner.prototype[method]));
      if (methods.length === 0) continue;
      seen.add(owner.prototype);
      if (!wrapper.isDependencyTreeStatic()) {
        problems.push(
          `${owner.name} declares integration events but is request-scoped: give it the default scope`,
        );
        continue;
      }
      for (const method of methods) problems.push(...this.register(wrapper, owner, method));
    }
    this.registry.close();
    return problems;
  }

  private register(wrapper: InstanceWrapper, owner: DeclaringClass, method: string): string[] {
    const options = integrationEventOf(owner.prototype[method]);
    if (!options) return [];
    const { type, problems } = bind({
      options,
      instance: wrapper.instance,
      method,
      owner: `${owner.name}.${method}`,
      namespace: namespaceOf(wrapper),
    });
    if (!type) return problems;
    if (isOperational(type.id) && !(wrapper.instance instanceof OperationalEvents)) {
      problems.push(
        `event type '${type.id}' (${type.owner}): '${OPERATIONAL_PREFIX}' begins the system's own events; choose another name`,
      );
    }
    const taken = this.registry.add(type);
    return taken ? [...problems, taken] : problems;
  }
}

interface DeclaringClass {
  readonly name: string;
  readonly prototype: Record<string, unknown>;
}

function declaringClass(wrapper: InstanceWrapper): DeclaringClass | undefined {
  const target: unknown = wrapper.instance?.constructor ?? wrapper.metatype;
  return isDeclaringClass(target) ? target : undefined;
}

function isDeclaringClass(target: unknown): target is DeclaringClass & (new () => object) {
  return typeof target === 'function' && target !== Object && target.prototype instanceof Object;
}

/** The namespace of the feature that the class's module imports. */
function namespaceOf(wrapper: InstanceWrapper): string | undefined {
  for (const imported of wrapper.host?.imports ?? []) {
    const feature: unknown = imported.providers.get(IntegrationFeature)?.instance;
    if (feature instanceof IntegrationFeature) return feature.namespace;
  }
  return undefined;
}

function bind({ options, instance, method, owner, namespace }: Declaration): {
  type?: BoundEventType;
  problems: string[];
} {
  const id = eventIdOf(options.hook, namespace);
  const handler: unknown = Reflect.get(instance, method);
  if (typeof handler !== 'function') return { problems: [`${owner} is not a method`] };
  const payloadSchema = jsonSchemaOf(options.payload);
  const problems: string[] = [];
  if (options.example !== undefined) {
    const example = options.payload.safeParse(options.example);
    if (!example.success) {
      problems.push(
        ...problemsOf(example.error, 'example').map(
          (p) => `event type '${id}' (${owner}): ${p.field}: ${p.message}`,
        ),
      );
    }
  }
  return {
    problems,
    type: {
      id,
      hook: options.hook,
      displayName: options.displayName,
      description: options.description ?? null,
      category: options.category ?? null,
      version: options.version ?? 1,
      deprecated: options.deprecated ?? false,
      payloadSchema,
      properties: propertiesOf(payloadSchema),
      example: options.example ?? null,
      owner,
      input: options.input ?? options.payload,
      payload: options.payload,
      transform: (emitted) => handler.call(instance, emitted) as unknown,
    },
  };
}
